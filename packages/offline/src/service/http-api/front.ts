import type { IncomingMessage } from "node:http";

import type { ServiceError } from "../../edge/error-response.ts";
import type { InjectedError } from "../../edge/faults.ts";
import type { Front, HttpResponse } from "../../edge/front.ts";
import { isPreflight, preflightResponse, withCors } from "../lambda/cors.ts";
import type { ApiPlan, RoutePlan } from "./plan.ts";
import { type Match, selectRoute } from "./routes.ts";

/** The prefix of the path of an API, `/_api/<id>`. */
export const API_PATH = "/_api/";

const PATH = new RegExp(`^${API_PATH}([0-9a-z]+)(?=[/?]|$)`);
/** Maximum payload (API Gateway Developer Guide, "Quotas for HTTP APIs"). */
const MAX_BODY_BYTES = 10 * 1024 * 1024;

/** A request for a route of an API. */
export interface ApiRequest extends Match<RoutePlan> {
  readonly api: ApiPlan;
  readonly request: IncomingMessage;
  /** The raw `/path?query` after the id of the API. */
  readonly target: string;
  /** The decoded path. */
  readonly path: string;
  readonly body: Buffer;
}

/** HTTP APIs of API Gateway. `invoke` calls the function of a route. */
export const httpApiFront = (
  apis: readonly ApiPlan[],
  invoke: (request: ApiRequest) => Promise<HttpResponse>,
): Front => ({
  name: "execute-api",
  title: "HTTP APIs",
  route: { path: API_PATH },
  signingName: "execute-api",
  maxBodyBytes: MAX_BODY_BYTES,
  // A function can use the Authorization header of a route without IAM authorization itself.
  isPublic: (request) => {
    const api = find(apis, request);
    if (api?.cors && isPreflight(request)) return true;
    return api === undefined || read(api, request).match?.route.authorization !== "AWS_IAM";
  },
  parse(request, body) {
    const api = find(apis, request);
    if (api === undefined) return messageResponse(404, "Not Found");
    const { cors } = api;
    if (cors && isPreflight(request)) return preflightResponse(cors, request);
    const finish = (response: HttpResponse) =>
      cors ? withCors(cors, request, response) : response;
    const { match, target, path } = read(api, request);
    if (match === undefined) return finish(messageResponse(404, "Not Found"));
    const { route } = match;
    if (route.functionArn === undefined) {
      return finish(messageResponse(501, `offline does not run the route ${route.key}`));
    }
    const resource = `${api.executionArn}/$default/${request.method ?? "GET"}${path}`;
    return {
      operation: "Invoke",
      needs: {
        ok: true,
        requirements:
          route.authorization === "AWS_IAM"
            ? [{ action: "execute-api:Invoke", resource, context: {} }]
            : [],
      },
      text: () => request.url ?? "",
      perform: async () => finish(await invoke({ ...match, api, request, target, path, body })),
    };
  },
  errorResponse(problem) {
    switch (problem.kind) {
      case "signature":
      case "denied":
        return messageResponse(403, "Forbidden");
      case "too_large":
        return messageResponse(413, "Request Entity Too Large");
      case "fault":
        return messageResponse(FAULTS[problem.fault].status, FAULTS[problem.fault].message);
    }
  },
});

const FAULTS: Record<InjectedError, Pick<ServiceError, "status" | "message">> = {
  throttle: { status: 429, message: "Too Many Requests" },
  error: { status: 500, message: "Internal Server Error" },
  deny: { status: 403, message: "Forbidden" },
};

const find = (apis: readonly ApiPlan[], { url = "" }: IncomingMessage) => {
  const id = PATH.exec(url)?.[1];
  return apis.find((api) => api.id === id);
};

function read(api: ApiPlan, request: IncomingMessage) {
  const target = (request.url ?? "").replace(PATH, "");
  const path = decoded(target.split("?", 1)[0] ?? "") || "/";
  return { target, path, match: selectRoute(api.routes, request.method ?? "GET", path) };
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch (error) {
    if (error instanceof URIError) return path;
    throw error;
  }
}

/** Returns an error response as API Gateway writes it. */
export const messageResponse = (status: number, message: string): HttpResponse => ({
  status,
  headers: { "content-type": "application/json" },
  body: JSON.stringify({ message }),
});

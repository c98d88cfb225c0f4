import * as z from "zod";

import { errorFor, type ServiceError } from "../../edge/error-response.ts";
import type { InjectedError } from "../../edge/faults.ts";
import type { Front, HttpResponse } from "../../edge/front.ts";
import { MAX_BODY_BYTES } from "../../edge/limits.ts";
import type { Place } from "../../edge/requirement.ts";
import type { Api, Apis } from "./apis.ts";
import { apiArn, appsyncNeeds } from "./iam.ts";

const Named = z.object({ name: z.string().min(1).max(128) });

export interface AppsyncContext {
  apis: Apis;
  place: Place;
  /** Starts the server of events, and returns its host and port. */
  serveEvents: () => Promise<string>;
}

const json = (status: number, body: object): HttpResponse => ({
  status,
  headers: { "content-type": "application/json" },
  body: JSON.stringify(body),
});

const failure = ({ status, code, message }: ServiceError): HttpResponse => {
  const response = json(status, { message });
  return { ...response, headers: { ...response.headers, "x-amzn-errortype": code } };
};

const described = (api: Api, place: Place, host: string): object => ({
  apiId: api.id,
  name: api.name,
  dns: { HTTP: host, REALTIME: host },
  apiArn: apiArn(place, api.id),
});

interface Operation {
  name: string;
  /** The API that it concerns, or undefined for all. */
  api: string | undefined;
  perform(context: AppsyncContext, body: string): Promise<HttpResponse>;
}

/** AppSync's operations on Event APIs, in the REST protocol: those that SST's CLI calls. */
function operationOf(method: string, path: string): Operation | undefined {
  const [, version, kind, api, rest, ...more] = path.split("/");
  if (version !== "v2" || kind !== "apis" || more.length > 0) return undefined;
  if (api === undefined && method === "GET") {
    return { name: "ListApis", api: undefined, perform: listApis };
  }
  if (api === undefined && method === "POST") {
    return { name: "CreateApi", api: undefined, perform: createApi };
  }
  if (api !== undefined && rest === undefined && method === "GET") {
    return { name: "GetApi", api, perform: (context) => getApi(context, api) };
  }
  if (api !== undefined && rest === "channelNamespaces" && method === "POST") {
    return {
      name: "CreateChannelNamespace",
      api,
      perform: (context, body) => createNamespace(context, api, body),
    };
  }
  return undefined;
}

async function listApis({ apis, place, serveEvents }: AppsyncContext): Promise<HttpResponse> {
  const all = apis.all;
  // Nothing listens for events before there is an API.
  const host = all.length > 0 ? await serveEvents() : "";
  return json(200, { apis: all.map((api) => described(api, place, host)) });
}

async function createApi(
  { apis, place, serveEvents }: AppsyncContext,
  body: string,
): Promise<HttpResponse> {
  const input = parsed(body);
  if (!input) return failure(BAD_REQUEST);
  const host = await serveEvents();
  return json(200, { api: described(apis.create(input.name), place, host) });
}

async function getApi(
  { apis, place, serveEvents }: AppsyncContext,
  id: string,
): Promise<HttpResponse> {
  const api = apis.find(id);
  if (!api) return failure(notFound(id));
  return json(200, { api: described(api, place, await serveEvents()) });
}

async function createNamespace(
  { apis, place }: AppsyncContext,
  id: string,
  body: string,
): Promise<HttpResponse> {
  const input = parsed(body);
  if (!apis.find(id)) return failure(notFound(id));
  if (!input) return failure(BAD_REQUEST);
  apis.addNamespace(id, input.name);
  const channelNamespaceArn = `${apiArn(place, id)}/channelNamespace/${input.name}`;
  return json(200, { channelNamespace: { apiId: id, name: input.name, channelNamespaceArn } });
}

function parsed(body: string): z.output<typeof Named> | undefined {
  try {
    return Named.safeParse(JSON.parse(body)).data;
  } catch {
    return undefined; // not JSON: a bad request
  }
}

const BAD_REQUEST: ServiceError = {
  status: 400,
  code: "BadRequestException",
  message: "The request needs a name.",
};

const notFound = (id: string): ServiceError => ({
  status: 404,
  code: "NotFoundException",
  message: `The API ${id} does not exist.`,
});

/** AppSync, as far as it manages Event APIs. */
export const appsyncFront = (context: AppsyncContext): Front => ({
  name: "appsync",
  title: "AppSync Events",
  route: { signedFor: "appsync" },
  signingName: "appsync",
  maxBodyBytes: MAX_BODY_BYTES,
  parse(request, body) {
    const [path = ""] = (request.url ?? "").split("?");
    const operation = operationOf(request.method ?? "", path);
    if (!operation) {
      return failure({
        status: 501,
        code: "NotImplemented",
        message: `offline does not support ${request.method} ${path} of AppSync.`,
      });
    }
    const { name, api } = operation;
    return {
      operation: name,
      needs: appsyncNeeds(name, api === undefined ? "*" : apiArn(context.place, api)),
      text: () => body.toString(),
      perform: () => operation.perform(context, body.toString()),
    };
  },
  errorResponse: (problem) => failure(errorFor(problem, FAULTS, "json")),
});

// "Errors" of ListApis in the AppSync API reference.
const FAULTS: Record<InjectedError, ServiceError> = {
  throttle: { status: 429, code: "LimitExceededException", message: "Rate exceeded" },
  error: { status: 500, code: "InternalFailureException", message: "Internal error" },
  deny: {
    status: 403,
    code: "AccessDeniedException",
    message: "The caller is not authorized to perform this operation.",
  },
};

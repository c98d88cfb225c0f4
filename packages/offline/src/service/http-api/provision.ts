import type { HttpResponse } from "../../edge/front.ts";
import { OfflineError } from "../../ground/error.ts";
import { lambda } from "../lambda/provision.ts";
import { urlEvent } from "../lambda/url-event.ts";
import { urlResponse } from "../lambda/url-response.ts";
import type { Running, Service, Stage } from "../service.ts";
import { API_PATH, type ApiRequest, httpApiFront, messageResponse } from "./front.ts";
import { type ApiPlan, HTTP_API_TYPES, isPlanned, planApis } from "./plan.ts";

/** HTTP APIs of API Gateway, with functions as integrations. */
export const httpApi: Service<{ apis: ApiPlan[] }> = {
  types: HTTP_API_TYPES,
  plan: (graph) => ({ apis: planApis(graph) }),
  runs: (resource, { apis }) => isPlanned(resource, apis),
  addressesOf: ({ apis }, endpoint) =>
    apis.map(({ declared, id }) => [declared, `${endpoint}${API_PATH}${id}`]),
  open: (stage, { apis }): Running => ({
    front: httpApiFront(apis, (request) => invoke(stage, request)),
  }),
};

const FAILED = messageResponse(500, "Internal Server Error");

/** Invokes the function of a route, if its policy allows it to API Gateway. */
async function invoke(stage: Stage, call: ApiRequest): Promise<HttpResponse> {
  const { authority, graph, options, running } = stage;
  const { api, route } = call;
  const { accountId } = graph;
  const arn = route.functionArn ?? "";
  const report = (reason: string) => {
    const message = `the route ${route.key} did not reach ${arn}: ${reason}`;
    options.onEvent({ type: "problem", message });
    return FAILED;
  };
  const source = `${api.executionArn}/$default/${route.key.replace(" ", "")}`;
  const context = { "aws:SourceArn": source, "aws:SourceAccount": accountId };
  const needed = { action: "lambda:InvokeFunction", resource: arn, context };
  const principal = { type: "service", service: "apigateway.amazonaws.com" } as const;
  const denial = authority.denialFor(principal, [needed]);
  if (denial !== undefined) return report(denial);
  const outcome = await running(lambda).invoke(arn, JSON.stringify(eventOf(call, accountId)));
  if (!outcome.ok) return FAILED;
  try {
    return urlResponse(outcome.payload);
  } catch (error) {
    if (!(error instanceof OfflineError)) throw error;
    return report(error.message);
  }
}

/**
 * Returns the event of payload format 2.0 (API Gateway Developer Guide, "Create AWS Lambda proxy
 * integrations for HTTP APIs"). Unlike in a function URL, the path is decoded.
 */
function eventOf(
  { api, route, request, target, path, body, pathParameters }: ApiRequest,
  accountId: string,
) {
  const event = urlEvent(
    { urlId: api.id, authorization: "AWS_IAM", accountId },
    request,
    target,
    body,
  );
  const { requestContext } = event;
  return {
    ...event,
    routeKey: route.key,
    rawPath: path,
    ...(Object.keys(pathParameters).length > 0 && { pathParameters }),
    requestContext: {
      ...requestContext,
      http: { ...requestContext.http, path },
      routeKey: route.key,
    },
  };
}

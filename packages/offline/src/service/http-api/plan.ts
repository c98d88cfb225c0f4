import { type Graph, type GraphResource, resourcesOf } from "../../synth/graph.ts";
import { inputsOf, stateOf, z } from "../../synth/inputs.ts";
import { type Cors, corsInput } from "../lambda/cors.ts";

const API = "aws:apigatewayv2/api:Api";
const STAGE = "aws:apigatewayv2/stage:Stage";
const ROUTE = "aws:apigatewayv2/route:Route";
const INTEGRATION = "aws:apigatewayv2/integration:Integration";

/** The resource types of HTTP APIs, each with the inputs that are ignored. */
export const HTTP_API_TYPES = {
  [API]: ["disableExecuteApiEndpoint", "body"],
  [STAGE]: ["accessLogSettings", "defaultRouteSettings", "routeSettings", "stageVariables"],
  [ROUTE]: ["requestParameters"],
  [INTEGRATION]: ["requestParameters", "responseParameters", "timeoutMilliseconds"],
};

export interface RoutePlan {
  /** The logical name of its resource. */
  readonly resource: string;
  readonly key: string;
  readonly authorization: string;
  /** The ARN of its function; undefined if offline does not run the route. */
  readonly functionArn: string | undefined;
}

export interface ApiPlan {
  readonly id: string;
  /** The URL that it would have on AWS. */
  readonly declared: string;
  readonly executionArn: string;
  readonly cors: Cors | undefined;
  readonly routes: readonly RoutePlan[];
}

const ApiInputs = z.object({ protocolType: z.string(), corsConfiguration: corsInput });
const RouteInputs = z.object({
  apiId: z.string(),
  routeKey: z.string(),
  target: z.string().default(""),
  authorizationType: z.string().default("NONE"),
});
const IntegrationInputs = z.object({
  apiId: z.string(),
  integrationType: z.string(),
  integrationUri: z.string().default(""),
  payloadFormatVersion: z.string().default("1.0"),
});

/** Returns the HTTP APIs of a graph. */
export function planApis(graph: Graph): ApiPlan[] {
  return resourcesOf(graph, API)
    .filter((resource) => inputsOf(resource, ApiInputs).protocolType === "HTTP")
    .map((resource) => {
      const cors = inputsOf(resource, ApiInputs).corsConfiguration;
      return {
        id: resource.id,
        declared: stateOf(resource, "apiEndpoint"),
        executionArn: stateOf(resource, "executionArn"),
        cors,
        routes: planRoutes(graph, resource.id),
      };
    });
}

function planRoutes(graph: Graph, apiId: string): RoutePlan[] {
  return resourcesOf(graph, ROUTE)
    .map((resource) => ({ resource: resource.name, ...inputsOf(resource, RouteInputs) }))
    .filter((route) => route.apiId === apiId)
    .map(({ resource, routeKey, target, authorizationType }) => {
      const integration = resourcesOf(graph, INTEGRATION).find(
        ({ id }) => target === `integrations/${id}`,
      );
      const isAuthorizable = ["NONE", "AWS_IAM"].includes(authorizationType);
      const isRunnable = isAuthorizable && integration !== undefined && isProxy(integration);
      return {
        resource,
        key: routeKey,
        authorization: authorizationType,
        functionArn: isRunnable
          ? inputsOf(integration, IntegrationInputs).integrationUri
          : undefined,
      };
    });
}

/** Whether an integration invokes a function with payload format 2.0. */
function isProxy(resource: GraphResource): boolean {
  const { integrationType, integrationUri, payloadFormatVersion } = inputsOf(
    resource,
    IntegrationInputs,
  );
  return (
    integrationType === "AWS_PROXY" &&
    payloadFormatVersion === "2.0" &&
    /^arn:aws[a-z-]*:lambda:[^:]+:\d+:function:[\w-]+$/.test(integrationUri)
  );
}

/** Whether a resource of `HTTP_API_TYPES` runs. */
export function isPlanned(resource: GraphResource, apis: readonly ApiPlan[]): boolean {
  const ofApi = apis.some(({ id }) => id === (resource.inputs["apiId"] ?? resource.id));
  switch (resource.type) {
    case STAGE:
      return ofApi && resource.inputs["name"] === "$default";
    case ROUTE:
      return apis.some(({ routes }) =>
        routes.some((one) => one.resource === resource.name && one.functionArn !== undefined),
      );
    case INTEGRATION:
      return ofApi && isProxy(resource);
    default:
      return ofApi;
  }
}

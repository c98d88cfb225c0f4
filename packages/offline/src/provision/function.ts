import { OfflineError } from "../error.ts";
import { type Graph, type GraphFunction, type GraphResource, resourcesOf } from "../synth/graph.ts";
import { inputsOf, number, policyText, stateOf, z } from "./inputs.ts";

/** The policies of a role, as texts with the names that a log can give them. */
export interface RolePlan {
  name: string;
  arn: string;
  policies: { name: string; document: string }[];
  /** ARNs of policies that AWS manages. */
  managed: string[];
  /** The policy that says who may assume it. */
  trust: string;
}

export interface MappingPlan {
  queueArn: string;
  batchSize: number;
  windowSeconds: number;
  maximumConcurrency: number | undefined;
  partialResponses: boolean;
}

export interface FunctionPlan {
  /** What SST's CLI would build. */
  source: GraphFunction;
  name: string;
  arn: string;
  timeoutSeconds: number;
  memoryMb: number;
  environment: Record<string, string>;
  logGroup: string;
  role: RolePlan;
  mappings: MappingPlan[];
  /** `declared` is the URL that AWS would give it. */
  url: { urlId: string; declared: string; authorization: string } | undefined;
}

const FUNCTION = "aws:lambda/function:Function";
const MAPPING = "aws:lambda/eventSourceMapping:EventSourceMapping";
const URL = "aws:lambda/functionUrl:FunctionUrl";
const ROLE = "aws:iam/role:Role";

/** The resource types that these plans speak for. */
export const FUNCTION_TYPES = [
  FUNCTION,
  MAPPING,
  URL,
  ROLE,
  "aws:lambda/permission:Permission",
  "aws:cloudwatch/logGroup:LogGroup",
  // The function's zip, and the key that SST encrypts its links with.
  "aws:s3/bucketObjectv2:BucketObjectv2",
  "random:index/randomBytes:RandomBytes",
];

// Defaults are Lambda's own.
const Function = z.object({
  role: z.string(),
  timeout: number.default(3),
  memorySize: number.default(128),
  environment: z.optional(z.object({ variables: z.optional(z.record(z.string(), z.string())) })),
  loggingConfig: z.optional(z.object({ logGroup: z.optional(z.string()) })),
});
const Mapping = z.object({
  eventSourceArn: z.string(),
  functionName: z.string(),
  batchSize: number.default(10),
  maximumBatchingWindowInSeconds: number.default(0),
  functionResponseTypes: z.array(z.string()).default([]),
  scalingConfig: z.optional(z.object({ maximumConcurrency: z.optional(number) })),
});
const Url = z.object({ functionName: z.string(), authorizationType: z.string() });
const Role = z.object({
  assumeRolePolicy: policyText,
  inlinePolicies: z.array(z.object({ name: z.string(), policy: policyText })).default([]),
  managedPolicyArns: z.array(z.string()).default([]),
});

/** Every function of the graph with its role, event sources and URL. */
export function planFunctions(graph: Graph): FunctionPlan[] {
  return graph.functions.map((source) => {
    const fn = resourcesOf(graph, FUNCTION).find(({ name }) => name === `${source.id}Function`);
    if (!fn) {
      throw new OfflineError("provision.no_function", `${source.id} is built but is no function.`);
    }
    const inputs = inputsOf(fn, Function);
    // SST_KEY opens the encrypted file that SST's CLI puts beside a deployed bundle; here links come as
    // SST_RESOURCE_* instead, as `sst dev` hands them over.
    const { SST_KEY: _, SST_KEY_FILE: __, ...environment } = inputs.environment?.variables ?? {};
    return {
      source,
      name: fn.id,
      arn: stateOf(fn, "arn"),
      timeoutSeconds: inputs.timeout,
      memoryMb: inputs.memorySize,
      environment,
      logGroup: inputs.loggingConfig?.logGroup ?? `/aws/lambda/${fn.id}`,
      role: planRole(graph, inputs.role),
      mappings: planMappings(graph, fn),
      url: planUrl(graph, fn),
    };
  });
}

function planRole(graph: Graph, arn: string): RolePlan {
  const role = resourcesOf(graph, ROLE).find(({ state }) => state["arn"] === arn);
  if (!role) throw new OfflineError("provision.no_role", `no role of this app has the ARN ${arn}.`);
  const { inlinePolicies, managedPolicyArns, assumeRolePolicy } = inputsOf(role, Role);
  return {
    name: role.id,
    arn,
    policies: inlinePolicies.map(({ name, policy }) => ({ name, document: policy })),
    managed: managedPolicyArns,
    trust: assumeRolePolicy,
  };
}

function planMappings(graph: Graph, fn: GraphResource): MappingPlan[] {
  return (
    resourcesOf(graph, MAPPING)
      .map((mapping) => inputsOf(mapping, Mapping))
      // SST 3 writes the function's name, SST 4 its ARN.
      .filter(({ functionName }) => [fn.id, fn.state["arn"]].includes(functionName))
      .map((inputs) => ({
        queueArn: inputs.eventSourceArn,
        batchSize: inputs.batchSize,
        windowSeconds: inputs.maximumBatchingWindowInSeconds,
        maximumConcurrency: inputs.scalingConfig?.maximumConcurrency,
        partialResponses: inputs.functionResponseTypes.includes("ReportBatchItemFailures"),
      }))
  );
}

function planUrl(graph: Graph, fn: GraphResource): FunctionPlan["url"] {
  const url = resourcesOf(graph, URL).find(({ inputs }) => inputs["functionName"] === fn.id);
  return (
    url && {
      urlId: stateOf(url, "urlId"),
      declared: stateOf(url, "functionUrl"),
      authorization: inputsOf(url, Url).authorizationType,
    }
  );
}

import { OfflineError } from "../error.ts";
import {
  type Graph,
  type GraphFunction,
  type GraphResource,
  resourcesOf,
  type Value,
} from "../synth/graph.ts";
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
  /** The logical name of its resource. */
  name: string;
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

export const FUNCTION = "aws:lambda/function:Function";
export const MAPPING = "aws:lambda/eventSourceMapping:EventSourceMapping";
export const URL = "aws:lambda/functionUrl:FunctionUrl";
/** The function's zip. */
export const CODE = "aws:s3/bucketObjectv2:BucketObjectv2";
const ROLE = "aws:iam/role:Role";

/** The resource types that these plans speak for. */
export const FUNCTION_TYPES = [
  FUNCTION,
  MAPPING,
  URL,
  ROLE,
  "aws:lambda/permission:Permission",
  "aws:cloudwatch/logGroup:LogGroup",
  CODE,
  // The key that SST encrypts a function's links with.
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

/** Names that Lambda sets itself, and refuses ("Defined runtime environment variables" in its guide). */
const RESERVED = new Set([
  "_HANDLER",
  "_X_AMZN_TRACE_ID",
  "AWS_ACCESS_KEY",
  "AWS_ACCESS_KEY_ID",
  "AWS_DEFAULT_REGION",
  "AWS_EXECUTION_ENV",
  "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
  "AWS_LAMBDA_FUNCTION_NAME",
  "AWS_LAMBDA_FUNCTION_VERSION",
  "AWS_LAMBDA_INITIALIZATION_TYPE",
  "AWS_LAMBDA_LOG_GROUP_NAME",
  "AWS_LAMBDA_LOG_STREAM_NAME",
  "AWS_LAMBDA_RUNTIME_API",
  "AWS_REGION",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SESSION_TOKEN",
  "LAMBDA_RUNTIME_DIR",
  "LAMBDA_TASK_ROOT",
]);

const Url = z.object({ functionName: z.string(), authorizationType: z.string() });
const Role = z.object({
  assumeRolePolicy: policyText,
  inlinePolicies: z.array(z.object({ name: z.string(), policy: policyText })).default([]),
  managedPolicyArns: z.array(z.string()).default([]),
});

/**
 * Every function of the graph that Node.js runs, with its role, event sources and URL.
 * @param queues the ARNs of the queues that are run: other event sources are not.
 */
export function planFunctions(graph: Graph, queues: ReadonlySet<string>): FunctionPlan[] {
  const sources = graph.functions.filter(({ runtime }) => runtime.startsWith("nodejs"));
  return sources.map((source) => {
    const fn = resourcesOf(graph, FUNCTION).find(({ name }) => name === `${source.id}Function`);
    if (!fn) {
      throw new OfflineError("provision.no_function", `${source.id} is built but is no function.`);
    }
    const inputs = inputsOf(fn, Function);
    return {
      source,
      name: fn.id,
      arn: stateOf(fn, "arn"),
      timeoutSeconds: inputs.timeout,
      memoryMb: inputs.memorySize,
      environment: environmentOf(fn, inputs.environment?.variables ?? {}),
      logGroup: inputs.loggingConfig?.logGroup ?? `/aws/lambda/${fn.id}`,
      role: planRole(graph, inputs.role),
      mappings: planMappings(graph, fn).filter(({ queueArn }) => queues.has(queueArn)),
      url: planUrl(graph, fn),
    };
  });
}

/** @throws OfflineError `provision.reserved_name`, where AWS would refuse the deployment. */
function environmentOf(
  fn: GraphResource,
  variables: Record<string, string>,
): Record<string, string> {
  const reserved = Object.keys(variables).filter((name) => RESERVED.has(name));
  if (reserved.length > 0) {
    throw new OfflineError(
      "provision.reserved_name",
      `the environment of ${fn.name} sets ${reserved.join(" and ")}, which only Lambda may set: take it out.`,
    );
  }
  // SST_KEY opens the encrypted file that SST's CLI puts beside a deployed bundle; here links come as
  // SST_RESOURCE_* instead, as `sst dev` hands them over.
  const { SST_KEY: _, SST_KEY_FILE: __, ...environment } = variables;
  return environment;
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
  return resourcesOf(graph, MAPPING)
    .map((mapping) => ({ name: mapping.name, ...inputsOf(mapping, Mapping) }))
    .filter(({ functionName }) => isNameOf(fn, functionName))
    .map((mapping) => ({
      name: mapping.name,
      queueArn: mapping.eventSourceArn,
      batchSize: mapping.batchSize,
      windowSeconds: mapping.maximumBatchingWindowInSeconds,
      maximumConcurrency: mapping.scalingConfig?.maximumConcurrency,
      partialResponses: mapping.functionResponseTypes.includes("ReportBatchItemFailures"),
    }));
}

/** SST 3 writes a function's name, SST 4 its ARN. */
const isNameOf = (fn: GraphResource, name: Value) => name === fn.id || name === fn.state["arn"];

function planUrl(graph: Graph, fn: GraphResource): FunctionPlan["url"] {
  const url = resourcesOf(graph, URL).find(({ inputs }) => isNameOf(fn, inputs["functionName"]));
  return (
    url && {
      urlId: stateOf(url, "urlId"),
      declared: stateOf(url, "functionUrl"),
      authorization: inputsOf(url, Url).authorizationType,
    }
  );
}

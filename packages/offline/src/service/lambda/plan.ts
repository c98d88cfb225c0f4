import type { Role } from "../../edge/authority.ts";
import { OfflineError } from "../../ground/error.ts";
import {
  type Graph,
  type GraphFunction,
  type GraphResource,
  type Inputs,
  resourcesOf,
} from "../../synth/graph.ts";
import { inputsOf, number, policyText, stateOf, z } from "../../synth/inputs.ts";
import {
  IGNORED_MAPPING_INPUTS,
  isReferenceTo,
  MAPPING,
  type MappingPlan,
  planSources,
  type StreamMappingPlan,
} from "./mapping-plan.ts";
import { type AsyncPlan, EVENT_INVOKE_CONFIG, isAsyncPlanned, planAsync } from "./async-plan.ts";
import { type Cors, corsInput } from "./cors.ts";
import { PERMISSION } from "./permissions.ts";

/** Where the code of a function comes from. */
export type Code =
  | { kind: "source"; /** What SST's CLI would bundle. */ source: GraphFunction }
  | { kind: "deployed"; /** The zip file in S3. */ bucket: string; key: string; handler: string };

export interface FunctionPlan {
  /** The name of SST's `Function` component. */
  id: string;
  code: Code;
  runtime: string;
  /** The properties of `Resource.<name>`. A deployed function has them in its code. */
  links: Record<string, Inputs>;
  name: string;
  arn: string;
  timeoutSeconds: number;
  memoryMb: number;
  environment: Record<string, string>;
  logGroup: string;
  role: Role;
  mappings: MappingPlan[];
  streams: StreamMappingPlan[];
  asynchronous: AsyncPlan;
  /** `declared` is the URL that it would have on AWS. */
  url:
    | { urlId: string; declared: string; authorization: string; cors: Cors | undefined }
    | undefined;
}

const FUNCTION = "aws:lambda/function:Function";
const FUNCTION_URL = "aws:lambda/functionUrl:FunctionUrl";
/** The zip file of a function. */
const CODE = "aws:s3/bucketObjectv2:BucketObjectv2";
const ROLE = "aws:iam/role:Role";

/** The resource types that Lambda runs, with the inputs that have no effect offline. */
export const FUNCTION_TYPES: Readonly<Record<string, readonly string[]>> = {
  [FUNCTION]: [
    "codeSigningConfigArn",
    "deadLetterConfig",
    "ephemeralStorage",
    "fileSystemConfig",
    "imageConfig",
    "kmsKeyArn",
    "layers",
    "loggingConfig",
    "reservedConcurrentExecutions",
    "snapStart",
    "tracingConfig",
    "vpcConfig",
  ],
  [MAPPING]: IGNORED_MAPPING_INPUTS,
  [EVENT_INVOKE_CONFIG]: [],
  [FUNCTION_URL]: ["invokeMode"],
  [ROLE]: ["permissionsBoundary"],
  [PERMISSION]: [],
  "aws:cloudwatch/logGroup:LogGroup": [],
  [CODE]: [],
  // The key with which SST encrypts the links of a function.
  "random:index/randomBytes:RandomBytes": [],
};

// The defaults are those of Lambda.
const FunctionInputs = z.object({
  role: z.string(),
  timeout: number.default(3),
  memorySize: number.default(128),
  environment: z.optional(z.object({ variables: z.optional(z.record(z.string(), z.string())) })),
  loggingConfig: z.optional(z.object({ logGroup: z.optional(z.string()) })),
});
/** Names that Lambda rejects (Lambda Developer Guide, "Defined runtime environment variables"). */
const RESERVED_NAMES = new Set([
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

const UrlInputs = z.object({
  functionName: z.string(),
  authorizationType: z.string(),
  cors: corsInput,
});
const RoleInputs = z.object({
  assumeRolePolicy: policyText,
  inlinePolicies: z.array(z.object({ name: z.string(), policy: policyText })).default([]),
  managedPolicyArns: z.array(z.string()).default([]),
});

/**
 * Returns the Node.js functions of a graph, with their roles, event source mappings and URLs.
 * `queues` and `streams` are the ARNs of those that run; mappings of other event sources are left out.
 * Throws `OfflineError` (`provision.…`) for a function that AWS would reject or offline cannot run.
 */
export function planFunctions(
  graph: Graph,
  queues: ReadonlySet<string>,
  streams: ReadonlySet<string>,
): FunctionPlan[] {
  const functions = graph.deployed ? deployedFunctions(graph) : functionsWithSource(graph);
  return functions.map(({ fn, ...code }) => {
    const inputs = inputsOf(fn, FunctionInputs);
    return {
      ...code,
      name: fn.id,
      arn: stateOf(fn, "arn"),
      timeoutSeconds: inputs.timeout,
      memoryMb: inputs.memorySize,
      environment: environmentOf(fn, code.code, inputs.environment?.variables ?? {}),
      logGroup: inputs.loggingConfig?.logGroup ?? `/aws/lambda/${fn.id}`,
      role: planRole(graph, inputs.role),
      ...planSources(graph, fn, queues, streams),
      asynchronous: planAsync(graph, [fn.id, stateOf(fn, "arn")]),
      url: planUrl(graph, fn),
    };
  });
}

type FunctionCode = Pick<FunctionPlan, "id" | "code" | "runtime" | "links"> & { fn: GraphResource };

function functionsWithSource(graph: Graph): FunctionCode[] {
  const sources = graph.functions.filter(({ runtime }) => runtime.startsWith("nodejs"));
  return sources.map((source) => {
    const { id, runtime, links } = source;
    const fn = resourcesOf(graph, FUNCTION).find(({ name }) => name === `${id}Function`);
    if (fn) return { fn, id, runtime, links, code: { kind: "source", source } };
    throw new OfflineError(
      "provision.no_function",
      `the graph has the source of ${id}, but no function for it.`,
    );
  });
}

const Deployed = z.object({
  packageType: z.literal("Zip").default("Zip"),
  runtime: z.string(),
  handler: z.string(),
  s3Bucket: z.string(),
  s3Key: z.string(),
});

/** The runtime of the stubs of `sst dev`: a program that SST's CLI puts in the place of the code. */
export const STUB_RUNTIME = "provided.al2023";

function deployedFunctions(graph: Graph): FunctionCode[] {
  return resourcesOf(graph, FUNCTION).flatMap((fn): FunctionCode[] => {
    const { data } = Deployed.safeParse(fn.inputs);
    const isStub = data?.runtime === STUB_RUNTIME && data.handler === "bootstrap";
    if (!data || !(data.runtime.startsWith("nodejs") || isStub)) return [];
    const { runtime, handler, s3Bucket: bucket, s3Key: key } = data;
    const id = fn.name.replace(/Function$/, "");
    return [{ fn, id, runtime, links: {}, code: { kind: "deployed", bucket, key, handler } }];
  });
}

/** Throws `OfflineError` (`provision.reserved_name`) for variables that AWS would reject. */
function environmentOf(
  fn: GraphResource,
  code: Code,
  variables: Record<string, string>,
): Record<string, string> {
  const reserved = Object.keys(variables).filter((name) => RESERVED_NAMES.has(name));
  if (reserved.length > 0) {
    throw new OfflineError(
      "provision.reserved_name",
      `the environment of ${fn.name} sets ${reserved.join(" and ")}, which only Lambda may set. Remove ${reserved.length > 1 ? "them" : "it"}.`,
    );
  }
  if (code.kind === "deployed") return variables;
  // A deployed function reads its links from an encrypted file, with SST_KEY. Offline passes them
  // as SST_RESOURCE_* variables, as `sst dev` does.
  const { SST_KEY: _, SST_KEY_FILE: __, ...environment } = variables;
  return environment;
}

/** A role of the app with its policies. Throws `OfflineError` (`provision.no_role`). */
export function planRole(graph: Graph, arn: string): Role {
  const role = resourcesOf(graph, ROLE).find(({ state }) => state["arn"] === arn);
  if (!role)
    throw new OfflineError(
      "provision.no_role",
      `no role of this app has the ARN ${arn}. Offline, a function or a state machine needs a role that the app declares.`,
    );
  const { inlinePolicies, managedPolicyArns, assumeRolePolicy } = inputsOf(role, RoleInputs);
  return {
    name: role.id,
    arn,
    policies: inlinePolicies.map(({ name, policy }) => ({ name, document: policy })),
    managed: managedPolicyArns,
    trust: assumeRolePolicy,
  };
}

function planUrl(graph: Graph, fn: GraphResource): FunctionPlan["url"] {
  const url = resourcesOf(graph, FUNCTION_URL).find(({ inputs }) =>
    isReferenceTo(fn, inputs["functionName"]),
  );
  return (
    url && {
      urlId: stateOf(url, "urlId"),
      declared: stateOf(url, "functionUrl"),
      authorization: inputsOf(url, UrlInputs).authorizationType,
      cors: inputsOf(url, UrlInputs).cors,
    }
  );
}

/** Returns whether a resource of `FUNCTION_TYPES` belongs to a function that runs. */
export function isRun(
  resource: GraphResource,
  functions: readonly FunctionPlan[],
  graph: Graph,
): boolean {
  switch (resource.type) {
    case FUNCTION:
      return functions.some(({ name }) => name === resource.id);
    case MAPPING:
      return functions.some(({ mappings, streams }) =>
        [...mappings, ...streams].some(({ name }) => name === resource.name),
      );
    case EVENT_INVOKE_CONFIG:
      return isAsyncPlanned(resource);
    case FUNCTION_URL:
      return functions.some(({ url }) => url?.urlId === resource.state["urlId"]);
    case CODE:
      // Another object is a file that the app uploads.
      return graph.resources.some(
        ({ type, inputs }) => type === FUNCTION && inputs["s3Key"] === resource.inputs["key"],
      );
    default:
      return true;
  }
}

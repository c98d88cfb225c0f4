export { type ContextValue, type RequestContext, UNKNOWN } from "./context.ts";
export { PolicyError, type PolicyFault } from "./error.ts";
export { type Decision, denialMessage, evaluate, type Request } from "./evaluate.ts";
export { parseStrictJson } from "./json.ts";
export { loadPolicy, type NamedPolicy, parsePolicy, type PolicyKind } from "./policy.ts";
export type { Principal } from "./principal.ts";
export { type AwsError, awsError, verifySignature } from "./sigv4.ts";

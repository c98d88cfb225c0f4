export { type ContextValue, type RequestContext, UNKNOWN } from "./context.ts";
export type { NamedPolicy, PolicyDocument, PolicyKind } from "./document.ts";
export { PolicyError, type PolicyFault } from "./error.ts";
export {
  type AccessRequest,
  type Decision,
  denialMessage,
  evaluate,
  type Policies,
  type StatementRef,
} from "./evaluate.ts";
export { parseStrictJson } from "./json.ts";
export { loadPolicy, parsePolicy } from "./policy.ts";
export type { Principal } from "./principal.ts";
export {
  type AwsError,
  awsError,
  type Credential,
  type FailureReason,
  type RawRequest,
  type Signed,
  type Verification,
  type VerificationFailure,
  verifySignature,
} from "./sigv4/index.ts";

/** What is wrong with a policy. The codes are stable. */
export type PolicyFault =
  | "policy.bad_json"
  | "policy.bad_shape"
  | "policy.unknown_element"
  | "policy.missing_element"
  | "policy.unknown_version"
  | "policy.bad_effect"
  | "policy.bad_principal"
  | "policy.bad_action"
  | "policy.bad_resource"
  | "policy.unknown_operator"
  | "policy.bad_condition"
  | "policy.bad_variable"
  | "policy.duplicate_sid";

/**
 * A policy that AWS would reject, or that uses something which this evaluator does not support.
 * While such a policy is attached, every request is denied: a statement that is skipped could have
 * been a `Deny`.
 */
export class PolicyError extends Error {
  override readonly name = "PolicyError";
  readonly code: PolicyFault;
  readonly retry = false;
  /** The path of the element, such as `Statement[2].Condition.StringLike`. */
  readonly where: string;

  constructor(code: PolicyFault, where: string, problem: string, options?: ErrorOptions) {
    super(where === "" ? problem : `${where}: ${problem}`, options);
    this.code = code;
    this.where = where;
  }
}

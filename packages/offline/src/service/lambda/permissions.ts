import { type Graph, resourcesOf } from "../../synth/graph.ts";
import { inputsOf, z } from "../../synth/inputs.ts";
import type { FunctionPlan } from "./plan.ts";

/** The type of a statement in the policy of a function. */
export const PERMISSION = "aws:lambda/permission:Permission";

const Inputs = z.object({
  action: z.string(),
  function: z.string(),
  principal: z.string(),
  sourceArn: z.string().optional(),
  sourceAccount: z.string().optional(),
});

/** Returns the policies of functions for AWS services, such as EventBridge, by the ARN of the function. */
export function functionPolicies(
  graph: Graph,
  functions: readonly FunctionPlan[],
): ReadonlyMap<string, string> {
  const permissions = resourcesOf(graph, PERMISSION)
    .map((resource) => ({ sid: resource.name, ...inputsOf(resource, Inputs) }))
    .filter(({ principal }) => principal.endsWith(".amazonaws.com"));
  const policies = functions.flatMap(({ name, arn }): [string, string][] => {
    const own = permissions.filter((permission) => [name, arn].includes(permission.function));
    if (own.length === 0) return [];
    const Statement = own.map((permission) => statementOf(permission, arn));
    return [[arn, JSON.stringify({ Version: "2012-10-17", Statement })]];
  });
  return new Map(policies);
}

function statementOf(
  { sid, action, principal, sourceArn, sourceAccount }: z.output<typeof Inputs> & { sid: string },
  arn: string,
): object {
  const conditions = {
    ...(sourceArn !== undefined && { ArnLike: { "aws:SourceArn": sourceArn } }),
    ...(sourceAccount !== undefined && { StringEquals: { "aws:SourceAccount": sourceAccount } }),
  };
  return {
    Sid: sid.replaceAll(/[^\w-]/g, "-"),
    Effect: "Allow",
    Principal: { Service: principal },
    Action: action,
    Resource: arn,
    ...(Object.keys(conditions).length > 0 && { Condition: conditions }),
  };
}

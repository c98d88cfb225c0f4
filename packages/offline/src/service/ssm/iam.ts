import { type Body, derive, textOf, UnknownRequestError } from "../../edge/derivation.ts";
import type { Derivation, Place, Requirement } from "../../edge/requirement.ts";

type RequirementsOf = (body: Body, place: Place) => Requirement[];

/** The ARN of a parameter has the name without its first slash. */
const on = (action: string, name: string, { region, accountId }: Place): Requirement => ({
  action: `ssm:${action}`,
  resource: `arn:aws:ssm:${region}:${accountId}:parameter/${name.replace(/^\//, "")}`,
  context: {},
});

const onName =
  (action: string): RequirementsOf =>
  (body, place) => [on(action, textOf(body, "Name"), place)];

function onNames(action: string): RequirementsOf {
  return (body, place) => {
    const names = body["Names"];
    if (!Array.isArray(names)) throw new UnknownRequestError("Names is not a list");
    return names.map((name) => on(action, String(name), place));
  };
}

const OPERATIONS: Readonly<Record<string, RequirementsOf>> = {
  GetParameter: onName("GetParameter"),
  GetParameters: onNames("GetParameters"),
  GetParametersByPath: (body, place) => [on("GetParametersByPath", textOf(body, "Path"), place)],
  PutParameter: onName("PutParameter"),
  DeleteParameter: onName("DeleteParameter"),
  DeleteParameters: onNames("DeleteParameters"),
};

/**
 * Returns the permissions that a call of Systems Manager needs (Service Authorization Reference,
 * "Actions, resources, and condition keys for AWS Systems Manager").
 */
export const ssmNeeds = (operation: string, input: unknown, place: Place): Derivation =>
  derive(`AmazonSSM.${operation}`, input, (body) => {
    const requirementsOf = Object.hasOwn(OPERATIONS, operation) ? OPERATIONS[operation] : undefined;
    if (!requirementsOf) throw new UnknownRequestError("offline does not support this operation");
    return requirementsOf(body, place);
  });

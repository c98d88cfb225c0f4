import type { Derivation, Place } from "../../edge/requirement.ts";

/** The ARN of an Event API of AppSync. */
export const apiArn = ({ region, accountId }: Place, id: string): string =>
  `arn:aws:appsync:${region}:${accountId}:apis/${id}`;

/** The permission that a call of AppSync needs. `resource` is the ARN of an API, or `*`. */
export const appsyncNeeds = (operation: string, resource: string): Derivation => ({
  ok: true,
  requirements: [{ action: `appsync:${operation}`, resource, context: {} }],
});

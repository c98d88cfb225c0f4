import { DynamoDBClient } from "@aws-sdk/client-dynamodb";

import { dynamodbNeeds, type Tables } from "../../../src/service/dynamodb/iam.ts";
import { startCapture } from "../wire.ts";

const ACCOUNT = "111122223333";
export const PLACE = { region: "us-east-1", accountId: ACCOUNT };
export const tableArn = (name: string) => `arn:aws:dynamodb:us-east-1:${ACCOUNT}:table/${name}`;

/**
 * The partition key of every table is `pk`; that of the index `byTime` is `byTimePk`, and so on.
 */
export const KNOWN: Tables = {
  partitionKeyOf: (_table, index) => (index === undefined ? "pk" : `${index}Pk`),
};
export const UNKNOWN_TABLES: Tables = { partitionKeyOf: () => undefined };

export const KEY = { pk: { S: "files#00" }, sk: { S: "a/key" } };

/** A client whose requests are captured, and what the last one needs. */
export async function openClient() {
  const server = await startCapture();
  const table = new DynamoDBClient({
    endpoint: server.url,
    region: PLACE.region,
    credentials: { accessKeyId: "AKIAOFFLINE000000001", secretAccessKey: "s" },
    maxAttempts: 1,
  });
  /** Returns the permissions that the request that was sent needs. */
  const needs = (tables: Tables = KNOWN) => {
    const [request, ...others] = server.take();
    if (!request || others.length > 0) throw new Error("expected exactly one request");
    const target = String(request.headers["x-amz-target"]);
    return dynamodbNeeds(target, JSON.parse(request.body.toString()), PLACE, tables);
  };
  return {
    table,
    needs,
    /** Returns only actions and resources, or the problem. */
    actions(): string[] {
      const derivation = needs();
      if (!derivation.ok) return [derivation.problem];
      return derivation.requirements.map(({ action, resource }) => `${action} ${resource}`);
    },
    /** Returns the condition keys of the first requirement. */
    context(tables?: Tables): Record<string, unknown> {
      const derivation = needs(tables);
      return derivation.ok ? (derivation.requirements[0]?.context ?? {}) : {};
    },
    /** Forgets requests that a failed test has left. */
    clear: () => void server.take(),
    close: () => server.close(),
  };
}

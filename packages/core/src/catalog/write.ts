import {
  ConditionalCheckFailedException,
  DynamoDBServiceException,
} from "@aws-sdk/client-dynamodb";
import { UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { unmarshall } from "@aws-sdk/util-dynamodb";

import { dynamodb } from "../aws/dynamodb.ts";
import { ServiceError } from "../error.ts";
import { catalogTable } from "../resource.ts";
import { planWrite } from "./plan.ts";
import type { RecordWrite } from "./record-write.ts";
import { parseStored, type StoredRecord } from "./stored.ts";

/** The result of a conditional write: done, or rejected because of the record that is stored. */
export type WriteResult =
  | {
      readonly written: true;
      /** DynamoDB write units, those of the indexes included. */
      readonly units?: number | undefined;
    }
  /** `stored` is undefined if the write needs a record and there is none. */
  | { readonly written: false; readonly stored: StoredRecord | undefined };

/**
 * Writes a record if its condition holds; otherwise returns the stored one.
 *
 * Throws a `ServiceError`: `catalog.write_rejected` if DynamoDB rejects the item, which a retry cannot
 * change, and `catalog.write_failed` if the request fails.
 */
export async function writeRecord(
  write: RecordWrite,
  abortSignal: AbortSignal,
): Promise<WriteResult> {
  const command = new UpdateCommand({
    TableName: catalogTable(),
    ...planWrite(write),
    ReturnConsumedCapacity: "TOTAL",
    ReturnValuesOnConditionCheckFailure: "ALL_OLD",
  });
  try {
    const { ConsumedCapacity } = await dynamodb.send(command, { abortSignal });
    return { written: true, units: ConsumedCapacity?.CapacityUnits };
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) {
      // The document client converts results but not errors.
      return { written: false, stored: error.Item && parseStored(unmarshall(error.Item)) };
    }
    if (error instanceof DynamoDBServiceException && error.name === "ValidationException") {
      throw new ServiceError("catalog.write_rejected", "DynamoDB rejected the record.", {
        retry: false,
        cause: error,
      });
    }
    throw new ServiceError("catalog.write_failed", "Could not write the record to the catalog.", {
      retry: true,
      cause: error,
    });
  }
}

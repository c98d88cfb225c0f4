import {
  ConditionalCheckFailedException,
  DynamoDBServiceException,
} from "@aws-sdk/client-dynamodb";
import { UpdateCommand } from "@aws-sdk/lib-dynamodb";

import { dynamodb } from "../aws/dynamodb.ts";
import { ServiceError } from "../error.ts";
import { catalogTable } from "../resource.ts";
import type { CatalogChange } from "./change.ts";
import { planChange } from "./plan.ts";

/**
 * Makes a change if its condition holds. Returns false if the stored record is newer.
 *
 * Throws a `ServiceError`: `catalog.write_rejected` if DynamoDB rejects the item, which a retry cannot
 * change, and `catalog.write_failed` if the request fails.
 */
export async function writeChange(
  change: CatalogChange,
  abortSignal: AbortSignal,
): Promise<boolean> {
  const command = new UpdateCommand({ TableName: catalogTable(), ...planChange(change) });
  try {
    await dynamodb.send(command, { abortSignal });
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
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

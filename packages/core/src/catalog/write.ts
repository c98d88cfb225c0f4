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
 * Makes a change, if its condition holds. Answers whether it did: if not, the record knows better.
 *
 * Throws a `ServiceError`; one that DynamoDB refused for what it says (`catalog.write_refused`) will
 * be refused again.
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
      throw new ServiceError("catalog.write_refused", "DynamoDB refused the record.", {
        retry: false,
        cause: error,
      });
    }
    throw new ServiceError("catalog.write_failed", "DynamoDB did not take the record.", {
      retry: true,
      cause: error,
    });
  }
}

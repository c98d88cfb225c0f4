import { S3ServiceException } from "@aws-sdk/client-s3";
import { expect } from "vitest";

/** Returns the error of a request. Fails the test if the request succeeds. */
export async function failure(promise: Promise<unknown>): Promise<S3ServiceException> {
  return promise.then(
    () => expect.fail("The request succeeded."),
    (error: unknown) => {
      if (error instanceof S3ServiceException) return error;
      throw error;
    },
  );
}

/** Returns the error code of a request. Fails the test if the request succeeds. */
export async function code(promise: Promise<unknown>): Promise<string> {
  return (await failure(promise)).name;
}

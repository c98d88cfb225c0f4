import { S3ServiceException } from "@aws-sdk/client-s3";
import { expect } from "vitest";

/** The error that S3 answers; fails the test if it answers none. */
export async function failure(promise: Promise<unknown>): Promise<S3ServiceException> {
  return promise.then(
    () => expect.fail("it succeeded"),
    (error: unknown) => {
      if (error instanceof S3ServiceException) return error;
      throw error;
    },
  );
}

/** The code of the error that S3 answers. */
export async function code(promise: Promise<unknown>): Promise<string> {
  return (await failure(promise)).name;
}

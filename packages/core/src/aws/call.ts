import { ServiceError } from "../error.ts";

/** Names of client errors that a later attempt may not get. */
const THROTTLED = /throttl|throughputexceeded|limitexceeded|toomanyrequests|slowdown/i;

/**
 * Awaits a request to AWS and returns its response. Throws a `ServiceError` with this code and message
 * if the request fails; its cause is the SDK's error. It can be retried unless AWS rejected the request
 * itself or its caller.
 */
export async function call<T>(
  request: Promise<T>,
  code: `${string}.${string}`,
  message: string,
): Promise<T> {
  try {
    return await request;
  } catch (error) {
    throw new ServiceError(code, message, { retry: isTransient(error), cause: error });
  }
}

function isTransient(error: unknown): boolean {
  if (!(error instanceof Error) || !("$fault" in error) || error.$fault !== "client") return true;
  return THROTTLED.test(error.name);
}

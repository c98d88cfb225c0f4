import { ServiceError } from "../error.ts";

/** Refusals of AWS that another attempt may not meet. */
const BUSY = /throttl|throughputexceeded|limitexceeded|toomanyrequests|slowdown/i;

/**
 * The answer to a request to AWS. Throws a `ServiceError` of this code where there is none, with what
 * the SDK said as its cause; it can be retried unless it was refused for what it asks or who asks it.
 */
export async function answerOf<T>(
  answer: Promise<T>,
  code: `${string}.${string}`,
  message: string,
): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    throw new ServiceError(code, message, { retry: mayPass(error), cause: error });
  }
}

function mayPass(error: unknown): boolean {
  if (!(error instanceof Error) || !("$fault" in error) || error.$fault !== "client") return true;
  return BUSY.test(error.name);
}

import { HttpError } from "./problem.ts";

/**
 * Returns the result of `work`. Throws an `HttpError` and aborts the signal of `work` if it takes longer than
 * `milliseconds`.
 */
export async function withDeadline<T>(
  milliseconds: number,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const { promise: expired, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    const error = new HttpError(504, "api.out_of_time", "The query did not finish in time.", {
      help: "Request less at once, with a longer prefix or a smaller limit, or retry.",
      retry: true,
    });
    controller.abort(error);
    reject(error);
  }, milliseconds);
  try {
    return await Promise.race([work(controller.signal), expired]);
  } finally {
    clearTimeout(timer);
  }
}

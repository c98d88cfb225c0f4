import { HttpError } from "./problem.ts";

/**
 * What `work` comes to, if it does within so many milliseconds; else it is told by its signal that
 * nobody waits any more. Throws an `HttpError` then.
 */
export async function withinTime<T>(
  milliseconds: number,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const over = new AbortController();
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    const error = new HttpError(504, "api.out_of_time", "The catalogue did not answer in time.", {
      help: "Ask for less at once, with a longer prefix or a smaller limit, or try again.",
      retry: true,
    });
    over.abort(error);
    reject(error);
  }, milliseconds);
  try {
    return await Promise.race([work(over.signal), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** The reason of a signal whose branch ends because another one failed. */
class BranchAborted extends Error {
  override readonly name = "BranchAborted";
}

/** Returns a signal that aborts with `parent`, or by `abort`. Call `release` when it is unused. */
export function childSignal(parent: AbortSignal) {
  const controller = new AbortController();
  const follow = () => controller.abort(parent.reason);
  if (parent.aborted) follow();
  else parent.addEventListener("abort", follow, { once: true });
  return {
    signal: controller.signal,
    abort: (reason: Error) => controller.abort(reason),
    release: () => parent.removeEventListener("abort", follow),
  };
}

/**
 * Runs `count` jobs, at most `limit` at once, and resolves with their results in order.
 *
 * The first failure aborts the other jobs, starts no more, and is the rejection when all have ended.
 */
export async function runJobs<Result>(
  count: number,
  limit: number,
  parent: AbortSignal,
  job: (index: number, signal: AbortSignal) => Promise<Result>,
): Promise<Result[]> {
  const { signal, abort, release } = childSignal(parent);
  const results: Result[] = [];
  let failure: { readonly error: unknown } | undefined;
  let started = 0;
  const work = async () => {
    while (started < count && !signal.aborted) {
      const index = started++;
      try {
        results[index] = await job(index, signal);
      } catch (error) {
        failure ??= { error };
        abort(new BranchAborted("Another branch failed."));
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(count, limit) }, work));
  release();
  parent.throwIfAborted();
  if (failure !== undefined) throw failure.error;
  return results;
}

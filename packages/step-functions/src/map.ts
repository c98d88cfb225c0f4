/**
 * Calls `work` for each item, for at most `most` at a time, and returns the results in the order of the
 * items. When one fails, the signal of the others aborts, no more are started, and the error is thrown.
 */
export async function mapItems<T, R>(
  items: readonly T[],
  most: number,
  outer: AbortSignal,
  work: (item: T, index: number, signal: AbortSignal) => Promise<R>,
): Promise<R[]> {
  const failed = new AbortController();
  const signal = AbortSignal.any([outer, failed.signal]);
  const results: R[] = [];
  let next = 0;
  let failure: { error: unknown } | undefined;
  const worker = async () => {
    while (next < items.length && !signal.aborted) {
      const index = next++;
      try {
        results[index] = await work(items[index] as T, index, signal);
      } catch (error) {
        failure ??= { error };
        failed.abort(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(most, items.length) }, worker));
  if (failure) throw failure.error;
  outer.throwIfAborted();
  return results;
}

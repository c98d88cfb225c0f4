let controller: AbortController | undefined;

/** Aborts the signal of the running command; false if it has none, or was interrupted before. */
export function interrupt(): boolean {
  if (controller === undefined || controller.signal.aborted) return false;
  controller.abort();
  return true;
}

/** A signal that aborts with the first Ctrl-C, so that the command can end in order. The second ends the process. */
export function interruption(): AbortSignal {
  controller = new AbortController();
  return controller.signal;
}

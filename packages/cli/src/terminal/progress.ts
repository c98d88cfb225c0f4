import { styleText } from "node:util";

import { fit } from "./width.ts";

/** What takes less is not worth a word. */
const PATIENCE_MS = 1000;
const INTERVAL_MS = 100;

/** Says on standard error, in one line that is written over, how far something is. */
export interface Progress {
  /** Takes the line away, so that something else can be printed. */
  readonly clear: () => void;
  readonly end: () => void;
}

const NONE: Progress = { clear: () => undefined, end: () => undefined };
let current = NONE;

/** Ends what is shown, if anything is: for a command that did not come to its end. */
export const endProgress = (): void => current.end();

/** Begins to show what `describe` says after a second, on a terminal; elsewhere it shows nothing. */
export function showProgress(describe: () => string): Progress {
  const { stderr } = process;
  if (!stderr.isTTY) return NONE;
  const start = performance.now();
  let shown = false;
  const clear = () => {
    if (shown) stderr.write("\r\u001b[2K");
    shown = false;
  };
  const timer = setInterval(() => {
    const passed = performance.now() - start;
    if (passed < PATIENCE_MS) return;
    clear();
    const line = `${describe()} (${Math.floor(passed / 1000)} s)`;
    stderr.write(styleText("dim", fit(line, (stderr.columns || 80) - 1), { stream: stderr }));
    shown = true;
  }, INTERVAL_MS);
  timer.unref();
  current = {
    clear,
    end: () => {
      clearInterval(timer);
      clear();
    },
  };
  return current;
}

import { styleText } from "node:util";

import { fit } from "./width.ts";

/** Faster commands show no progress. */
const DELAY_MS = 1000;
const INTERVAL_MS = 100;

/** A progress line on standard error that is updated in place. */
export interface Progress {
  /** Clears the line, so that other text can be printed. */
  readonly clear: () => void;
  readonly end: () => void;
}

const NONE: Progress = { clear: () => undefined, end: () => undefined };
let current = NONE;

/** Ends the current progress line, if any, after a failure. */
export const endProgress = (): void => current.end();

/** Shows the text of `describe` after a second. Does nothing if standard error is not a terminal. */
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
    if (passed < DELAY_MS) return;
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

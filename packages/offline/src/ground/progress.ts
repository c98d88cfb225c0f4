/** How often a line is written where lines stay. A terminal shows a change sooner. */
const LINES_MS = 2000;
const TERMINAL_MS = 250;

/** The part of `process.stderr` that is used. */
export interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export interface ProgressOptions {
  /** Default: `process.stderr`. */
  readonly output?: Output;
  /** Writes nothing for work that takes less time. Default: 0. */
  readonly patienceMs?: number;
}

/** Work within work is what is shown. */
const running: symbol[] = [];

/**
 * Runs `work` and writes that it is running: on a terminal as one line that changes, and otherwise as a line every two
 * seconds. `work` gets a function that sets the detail of this line, such as "12 of 40 packages".
 */
export async function withProgress<T>(
  title: string,
  work: (setDetail: (detail: string) => void) => Promise<T>,
  { output = process.stderr, patienceMs = 0 }: ProgressOptions = {},
): Promise<T> {
  const self = Symbol(title);
  const began = performance.now();
  let detail = "";
  let shown = false;
  const elapsed = () => performance.now() - began;
  const seconds = () => `${Math.floor(elapsed() / 1000)} s`;
  const replace = (text: string) => output.write(output.isTTY ? `\r\u001b[K${text}` : text);
  const show = () => {
    if (elapsed() < patienceMs || running.at(-1) !== self) return;
    shown = true;
    const line = `${title}: ${detail === "" ? "" : `${detail}, `}${seconds()}`;
    replace(output.isTTY ? line.slice(0, (output.columns ?? 80) - 1) : `${line}\n`);
  };
  running.push(self);
  show();
  const timer = setInterval(show, output.isTTY ? TERMINAL_MS : LINES_MS);
  try {
    const result = await work((text) => (detail = text));
    if (shown) replace(`${title}: done in ${seconds()}\n`);
    return result;
  } catch (error) {
    if (shown && output.isTTY) replace("");
    throw error;
  } finally {
    clearInterval(timer);
    running.splice(running.indexOf(self), 1);
  }
}

/** Interval of the lines that are written to a file or a pipe. */
const LINE_INTERVAL_MS = 2000;

/** Interval at which the line on a terminal is updated. */
const TERMINAL_INTERVAL_MS = 250;

/** The part of `process.stderr` that is used. */
export interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export interface ProgressOptions {
  /** Default: `process.stderr`. */
  readonly output?: Output;
  /** Writes nothing for work that takes less time than this. Default: 0. */
  readonly minMs?: number;
}

/** The work that is running. If it is nested, only the innermost is shown, and only its time runs. */
const running: { startedAt: number }[] = [];

/**
 * Runs `work`, and shows its progress: on a terminal as one line that changes, otherwise as a line
 * every two seconds. `work` receives a function that sets the detail of this line, such as "12 of
 * 40 packages".
 */
export async function withProgress<T>(
  title: string,
  work: (setDetail: (detail: string) => void) => Promise<T>,
  { output = process.stderr, minMs = 0 }: ProgressOptions = {},
): Promise<T> {
  const self = { startedAt: performance.now() };
  let detail = "";
  let isShown = false;
  const elapsed = () => performance.now() - self.startedAt;
  const seconds = () => `${Math.floor(elapsed() / 1000)} s`;
  const replace = (text: string) => output.write(output.isTTY ? `\r\u001b[K${text}` : text);
  const show = () => {
    if (elapsed() < minMs || running.at(-1) !== self) return;
    isShown = true;
    const line = `${title}: ${detail === "" ? "" : `${detail}, `}${seconds()}`;
    replace(output.isTTY ? line.slice(0, (output.columns ?? 80) - 1) : `${line}\n`);
  };
  running.push(self);
  show();
  const timer = setInterval(show, output.isTTY ? TERMINAL_INTERVAL_MS : LINE_INTERVAL_MS);
  try {
    const result = await work((text) => (detail = text));
    if (isShown) replace(`${title}: done in ${seconds()}\n`);
    return result;
  } catch (error) {
    if (isShown && output.isTTY) replace("");
    throw error;
  } finally {
    clearInterval(timer);
    running.splice(running.indexOf(self), 1);
    const outer = running.at(-1);
    if (outer) outer.startedAt += elapsed();
  }
}

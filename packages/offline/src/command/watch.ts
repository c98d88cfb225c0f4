import fs from "node:fs";
import path from "node:path";

const SOURCE = /\.([cm]?[jt]sx?|json)$/;

/** An editor can write a file in several steps. */
const QUIET_MILLISECONDS = 100;

export interface ConfigWatcherOptions {
  root: string;
  /** Called after a change. Calls do not overlap. */
  changed: () => Promise<void>;
  onProblem: (message: string) => void;
}

/**
 * Watches the source files of a config, by their folders: many editors replace a file to change it.
 */
export class ConfigWatcher {
  readonly #options: ConfigWatcherOptions;
  readonly #folders = new Map<string, fs.FSWatcher>();
  #sources: ReadonlySet<string> = new Set();
  #followsAll = false;
  #timer: NodeJS.Timeout | undefined;
  #calls = Promise.resolve();
  #closed = false;

  constructor(options: ConfigWatcherOptions) {
    this.#options = options;
  }

  /** Reports changes of these files. Their paths are relative to the root. */
  follow(sources: readonly string[]): void {
    this.#sources = new Set(sources);
    this.#followsAll = false;
    for (const folder of new Set(sources.map((source) => path.dirname(source))))
      this.#watch(folder);
  }

  /**
   * Reports changes of every source file in the watched folders: an invalid config may need a new
   * file.
   */
  followAll(): void {
    this.#followsAll = true;
  }

  /** Stops. Resolves when no call of `changed` is running. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    for (const watcher of this.#folders.values()) watcher.close();
    await this.#calls;
  }

  #watch(folder: string): void {
    if (this.#folders.has(folder)) return;
    const failed = (error: Error) =>
      this.#options.onProblem(
        `Cannot watch ./${folder} (${error.message}). Restart after you change the config there.`,
      );
    try {
      const watcher = fs.watch(path.join(this.#options.root, folder), (_, name) => {
        const file = name === null ? undefined : path.join(folder, name);
        if (
          file === undefined ||
          this.#sources.has(file) ||
          (this.#followsAll && SOURCE.test(file))
        ) {
          this.#schedule();
        }
      });
      watcher.on("error", failed);
      this.#folders.set(folder, watcher);
    } catch (error) {
      failed(error as Error); // the system is out of watches
    }
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#calls = this.#calls.then(() => (this.#closed ? undefined : this.#options.changed()));
    }, QUIET_MILLISECONDS);
  }
}

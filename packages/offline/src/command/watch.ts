import fs from "node:fs";
import path from "node:path";

const SOURCE = /\.([cm]?[jt]sx?|json)$/;

/** Editors write a file in several steps. */
const QUIET_MILLISECONDS = 100;

export interface ConfigWatcherOptions {
  root: string;
  /** Called after a change, one call at a time. */
  changed: () => Promise<void>;
  onProblem: (message: string) => void;
}

/** Watches the files that a config is made of. Folders are watched, since many editors replace a file to change it. */
export class ConfigWatcher {
  readonly #options: ConfigWatcherOptions;
  readonly #folders = new Map<string, fs.FSWatcher>();
  #sources: ReadonlySet<string> = new Set();
  #expecting = false;
  #timer: NodeJS.Timeout | undefined;
  #calls = Promise.resolve();
  #closed = false;

  constructor(options: ConfigWatcherOptions) {
    this.#options = options;
  }

  /** From here on the config is made of these files, relative to the root. */
  follow(sources: readonly string[]): void {
    this.#sources = new Set(sources);
    this.#expecting = false;
    for (const folder of new Set(sources.map((source) => path.dirname(source))))
      this.#watch(folder);
  }

  /** The config is broken. Whatever is written beside it may be what is missing. */
  expectAnything(): void {
    this.#expecting = true;
  }

  /** Resolves when the last call has ended. */
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
        `changes of the config in ./${folder} will not be noticed (${error.message}): start again after one.`,
      );
    try {
      const watcher = fs.watch(path.join(this.#options.root, folder), (_, name) => {
        const file = name === null ? undefined : path.join(folder, name);
        if (
          file === undefined ||
          this.#sources.has(file) ||
          (this.#expecting && SOURCE.test(file))
        ) {
          this.#touched();
        }
      });
      watcher.on("error", failed);
      this.#folders.set(folder, watcher);
    } catch (error) {
      failed(error as Error); // the system has no watches left
    }
  }

  #touched(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#calls = this.#calls.then(() => (this.#closed ? undefined : this.#options.changed()));
    }, QUIET_MILLISECONDS);
  }
}

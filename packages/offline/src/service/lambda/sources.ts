import fs from "node:fs";
import path from "node:path";

/** Editors write a file in several steps. */
const SETTLE_MS = 50;

/** Watches files for changes, and calls back one call at a time, with whatever changed meanwhile in the next. */
export class Sources {
  readonly #changed: () => Promise<void>;
  readonly #watchers = new Map<string, fs.FSWatcher>();
  #files: ReadonlySet<string> = new Set();
  #anyFile = false;
  #timer: NodeJS.Timeout | undefined;
  #running = Promise.resolve();
  #closed = false;

  constructor(changed: () => Promise<void>) {
    this.#changed = changed;
  }

  /** These files from now on, by absolute path; packages that were installed do not change. */
  watch(files: readonly string[]): void {
    if (this.#closed) return;
    const own = files.filter((file) => !file.includes(`${path.sep}node_modules${path.sep}`));
    this.#files = new Set(own);
    this.#anyFile = false;
    // Folders, because editors replace files, and with a file its watcher would be gone.
    const folders = new Set(own.map((file) => path.dirname(file)));
    for (const [folder, watcher] of this.#watchers) {
      if (folders.has(folder)) continue;
      watcher.close();
      this.#watchers.delete(folder);
    }
    this.#watchFolders(folders);
  }

  /** Any file beside those that are watched, or these, until others are: what is wanted is not known, or not there yet. */
  watchAround(files: readonly string[]): void {
    if (this.#closed) return;
    this.#anyFile = true;
    this.#watchFolders(new Set(files.map((file) => path.dirname(file))));
  }

  /** Resolves when no call is under way. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    for (const watcher of this.#watchers.values()) watcher.close();
    await this.#running;
  }

  #watchFolders(folders: ReadonlySet<string>): void {
    for (const folder of folders) {
      if (this.#watchers.has(folder) || !fs.existsSync(folder)) continue;
      const watcher = fs.watch(folder, (_, name) => {
        if (name === null || this.#anyFile || this.#files.has(path.join(folder, name))) {
          this.#touched();
        }
      });
      // A folder that is removed can no longer be watched; its files were missed already.
      watcher.on("error", () => watcher.close());
      this.#watchers.set(folder, watcher);
    }
  }

  #touched(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#running = this.#running.then(() => (this.#closed ? undefined : this.#changed()));
    }, SETTLE_MS);
  }
}

import fs from "node:fs";
import path from "node:path";

/** Pause without changes before a call: editors write a file in several steps. */
const SETTLE_MS = 50;

/** Watches source files, and calls `changed` after changes. Calls do not overlap. */
export class SourceWatcher {
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

  /** Replaces the watched files, which are absolute paths. Ignores installed packages. */
  watch(files: readonly string[]): void {
    if (this.#closed) return;
    const own = files.filter((file) => !file.includes(`${path.sep}node_modules${path.sep}`));
    this.#files = new Set(own);
    this.#anyFile = false;
    // Watches folders, because many editors replace a file, which ends a watch of the file itself.
    const folders = new Set(own.map((file) => path.dirname(file)));
    for (const [folder, watcher] of this.#watchers) {
      if (folders.has(folder)) continue;
      watcher.close();
      this.#watchers.delete(folder);
    }
    this.#watchFolders(folders);
  }

  /**
   * Also watches all files in the folders of the watched files and of these, until the next
   * `watch`: after a failed build, the missing file is not known.
   */
  watchFoldersOf(files: readonly string[]): void {
    if (this.#closed) return;
    this.#anyFile = true;
    this.#watchFolders(new Set(files.map((file) => path.dirname(file))));
  }

  /** Resolves when the current call has ended. */
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
      // The folder has been removed. The changes of its files have already been reported.
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

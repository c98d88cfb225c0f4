import type { StatementSync } from "node:sqlite";
import type { BucketSettings } from "../settings.ts";
import { integer, text, type Sqlite } from "@waybill/sqlite";

export interface Bucket {
  readonly id: number;
  readonly name: string;
  /** In Unix milliseconds. */
  readonly created: number;
  readonly settings: BucketSettings;
}

/** The buckets. They are few, so all of them are also kept in memory. */
export class Buckets {
  readonly #insert: StatementSync;
  readonly #update: StatementSync;
  readonly #delete: StatementSync;
  readonly #all: StatementSync;
  readonly #byName = new Map<string, Bucket>();
  #changed = false;

  constructor(database: Sqlite) {
    this.#insert = database.prepare(
      "INSERT INTO buckets (name, created, settings) VALUES (?, ?, ?)",
    );
    this.#update = database.prepare("UPDATE buckets SET settings = ? WHERE id = ?");
    this.#delete = database.prepare("DELETE FROM buckets WHERE id = ?");
    this.#all = database.prepare("SELECT * FROM buckets");
    this.#load();
  }

  /** Must run after each transaction. Reloads the buckets if a change was rolled back. */
  settle(committed: boolean): void {
    if (this.#changed && !committed) this.#load();
    this.#changed = false;
  }

  #load(): void {
    this.#byName.clear();
    for (const row of this.#all.all()) {
      const settings: BucketSettings = JSON.parse(text(row, "settings"));
      const name = text(row, "name");
      this.#byName.set(name, {
        id: integer(row, "id"),
        name,
        created: integer(row, "created"),
        settings,
      });
    }
  }

  get(name: string): Bucket | undefined {
    return this.#byName.get(name);
  }

  /** Returns all buckets, ordered by name. */
  all(): Bucket[] {
    return [...this.#byName.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  create(name: string, created: number, settings: BucketSettings): Bucket {
    this.#changed = true;
    const { lastInsertRowid } = this.#insert.run(name, created, JSON.stringify(settings));
    const bucket = { id: Number(lastInsertRowid), name, created, settings };
    this.#byName.set(name, bucket);
    return bucket;
  }

  change(bucket: Bucket, settings: BucketSettings): Bucket {
    this.#changed = true;
    this.#update.run(JSON.stringify(settings), bucket.id);
    const changed = { ...bucket, settings };
    this.#byName.set(bucket.name, changed);
    return changed;
  }

  delete(bucket: Bucket): void {
    this.#changed = true;
    this.#delete.run(bucket.id);
    this.#byName.delete(bucket.name);
  }
}

import type { StatementSync } from "node:sqlite";

import { integer, type Row, type Sqlite, text } from "@waybill/sqlite";
import { isInput, textMap } from "../input.ts";
import { type QueueSettings, settingsOf } from "../queue/attributes.ts";

export interface Queue {
  readonly id: number;
  readonly name: string;
  readonly arn: string;
  /** In milliseconds since 1970, as all times in the store. */
  readonly createdAt: number;
  modifiedAt: number;
  attributes: ReadonlyMap<string, string>;
  settings: QueueSettings;
  tags: ReadonlyMap<string, string>;
  /** The time of the last purge by this process. */
  purgedAt?: number;
}

/**
 * The queues of one account and Region. All are in memory; a change is on disk when the call
 * returns.
 */
export class Queues {
  readonly #byName = new Map<string, Queue>();
  readonly #arnOf: (name: string) => string;
  readonly #insert: StatementSync;
  readonly #update: StatementSync;
  readonly #delete: StatementSync;
  readonly #insertDeleted: StatementSync;
  readonly #removeDeleted: StatementSync;
  readonly #deletedAt: StatementSync;

  constructor(database: Sqlite, arnOf: (name: string) => string) {
    this.#arnOf = arnOf;
    this.#insert = database.prepare(
      "INSERT INTO queues (name, created_at, modified_at, attributes, tags) VALUES (?, ?, ?, ?, ?)",
    );
    this.#update = database.prepare(
      "UPDATE queues SET modified_at = ?, attributes = ?, tags = ? WHERE id = ?",
    );
    this.#delete = database.prepare("DELETE FROM queues WHERE id = ?");
    this.#insertDeleted = database.prepare(
      "INSERT INTO deleted_queues VALUES (?, ?) ON CONFLICT DO UPDATE SET deleted_at = excluded.deleted_at",
    );
    this.#removeDeleted = database.prepare("DELETE FROM deleted_queues WHERE name = ?");
    this.#deletedAt = database.prepare("SELECT deleted_at FROM deleted_queues WHERE name = ?");
    for (const row of database.prepare("SELECT * FROM queues").all()) {
      const queue = this.#read(row);
      this.#byName.set(queue.name, queue);
    }
  }

  find(name: string): Queue | undefined {
    return this.#byName.get(name);
  }

  findByArn(arn: string): Queue | undefined {
    const queue = this.#byName.get(arn.slice(arn.lastIndexOf(":") + 1));
    return queue?.arn === arn ? queue : undefined;
  }

  /** Returns all queues, ordered by name. */
  all(): Queue[] {
    return [...this.#byName.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Returns the queues whose dead-letter queue is `arn`. */
  sourcesOf(arn: string): Queue[] {
    return this.all().filter(({ settings }) => settings.redrive?.targetArn === arn);
  }

  create(
    name: string,
    attributes: ReadonlyMap<string, string>,
    tags: ReadonlyMap<string, string>,
    now: number,
  ): Queue {
    this.#removeDeleted.run(name);
    const { lastInsertRowid } = this.#insert.run(name, now, now, write(attributes), write(tags));
    const queue: Queue = {
      id: Number(lastInsertRowid),
      name,
      arn: this.#arnOf(name),
      createdAt: now,
      modifiedAt: now,
      attributes,
      settings: settingsOf(attributes),
      tags,
    };
    this.#byName.set(name, queue);
    return queue;
  }

  change(
    queue: Queue,
    changes: { attributes?: ReadonlyMap<string, string>; tags?: ReadonlyMap<string, string> },
    now: number,
  ): void {
    const { attributes = queue.attributes, tags = queue.tags } = changes;
    const modifiedAt = changes.attributes ? now : queue.modifiedAt;
    this.#update.run(modifiedAt, write(attributes), write(tags), queue.id);
    Object.assign(queue, { attributes, tags, modifiedAt, settings: settingsOf(attributes) });
  }

  /** Deletes the queue, but not its messages. */
  delete(queue: Queue, now: number): void {
    this.#insertDeleted.run(queue.name, now);
    this.#delete.run(queue.id);
    this.#byName.delete(queue.name);
  }

  deletedAt(name: string): number | undefined {
    const row = this.#deletedAt.get(name);
    return row && integer(row, "deleted_at");
  }

  #read(row: Row): Queue {
    const name = text(row, "name");
    const attributes = read(text(row, "attributes"));
    return {
      id: integer(row, "id"),
      name,
      arn: this.#arnOf(name),
      createdAt: integer(row, "created_at"),
      modifiedAt: integer(row, "modified_at"),
      attributes,
      settings: settingsOf(attributes),
      tags: read(text(row, "tags")),
    };
  }
}

const write = (map: ReadonlyMap<string, string>) => JSON.stringify(Object.fromEntries(map));

function read(json: string): Map<string, string> {
  const value: unknown = JSON.parse(json);
  return textMap({ value: isInput(value) ? value : {} }, "value");
}

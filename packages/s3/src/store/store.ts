import { join } from "node:path";
import { Sqlite } from "@waybill/sqlite";
import { Bodies } from "./bodies.ts";
import { Buckets } from "./buckets.ts";
import { Listing } from "./listing.ts";
import { Outbox, type OutboxMessage } from "./outbox.ts";
import { FORMAT, SCHEMA } from "./schema.ts";
import { Sequence } from "./sequence.ts";
import { Uploads } from "./uploads.ts";
import { Versions } from "./versions.ts";

/** All data of one S3: a database, and the files of large bodies. */
export class Store {
  readonly buckets: Buckets;
  readonly bodies: Bodies;
  readonly versions: Versions;
  readonly uploads: Uploads;
  readonly listing: Listing;
  readonly outbox: Outbox;
  readonly sequence: Sequence;
  /** Called after each commit that added to the outbox. */
  onOutbox: (added: readonly OutboxMessage[]) => void = () => {};
  readonly #database: Sqlite;

  constructor(directory: string, clock: () => Date) {
    const database = new Sqlite({ file: join(directory, "s3.db"), schema: SCHEMA, format: FORMAT });
    this.#database = database;
    this.sequence = new Sequence(database, clock);
    this.buckets = new Buckets(database);
    this.bodies = new Bodies(database, join(directory, "bodies"));
    const { sequence, bodies } = this;
    this.uploads = new Uploads(database, { sequence, bodies, clock });
    const { uploads } = this;
    this.versions = new Versions(database, { sequence, bodies, uploads, clock });
    this.listing = new Listing(database);
    this.outbox = new Outbox(database);
  }

  /** Runs a change, including the notifications that it causes, as one transaction. */
  write<T>(change: () => T): T {
    this.sequence.prepare();
    let result: T;
    try {
      result = this.#database.transaction(change);
    } catch (error) {
      this.#settle(false);
      throw error;
    }
    this.#settle(true);
    return result;
  }

  close(): void {
    this.#database.close();
  }

  #settle(committed: boolean): void {
    this.bodies.settle(committed);
    this.buckets.settle(committed);
    const added = this.outbox.settle(committed);
    if (added.length > 0) this.onOutbox(added);
  }
}

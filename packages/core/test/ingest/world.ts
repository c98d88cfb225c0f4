import { recordKey } from "../../src/catalog/keys.ts";
import { planWrite } from "../../src/catalog/plan.ts";
import { type FileRecord, parseItem } from "../../src/catalog/record.ts";
import type { RecordWrite } from "../../src/catalog/record-write.ts";
import { parseStored } from "../../src/catalog/stored.ts";
import type { WriteResult } from "../../src/catalog/write.ts";
import { applyEvents, type Ports } from "../../src/ingest/apply.ts";
import type { Outcome } from "../../src/ingest/outcome.ts";
import type { Events } from "../../src/ingest/rule.ts";
import type { Answer, ReadRequest } from "../../src/object/reading.ts";
import { type Item, Table } from "../catalog/table.ts";
import { at, found } from "./events.ts";

const NEVER = new AbortController().signal;

/** S3 with one answer, and a table in memory. */
export class World {
  readonly table = new Table();
  readonly reads: ReadRequest[] = [];
  readonly writes: RecordWrite[] = [];
  /** What S3 answers now. */
  answer: Answer = found(1);
  /** The time of reads, in seconds of the day of `at`. */
  now = 100;
  /** Called before each write reaches the table. */
  beforeWrite: (write: RecordWrite) => void = () => {};
  #revs = 0;

  readonly ports: Ports = {
    newRev: () => `r${++this.#revs}`,
    readObject: async (request) => {
      this.reads.push(request);
      return { answer: this.answer, readAt: at(this.now), clockSkew: false };
    },
    writeRecord: async (write) => {
      this.writes.push(write);
      this.beforeWrite(write);
      return this.write(write);
    },
  };

  write(write: RecordWrite): WriteResult {
    const { written, old } = this.table.update(planWrite(write));
    return written ? { written } : { written, stored: old && parseStored(old) };
  }

  /** Applies events after a read at `now`; returns the outcome and the numbers of reads and writes. */
  async apply(...events: Events): Promise<Outcome & { reads: number; writes: number }> {
    const [reads, writes] = [this.reads.length, this.writes.length];
    const outcome = await applyEvents(events, this.ports, NEVER);
    return {
      ...outcome,
      reads: this.reads.length - reads,
      writes: this.writes.length - writes,
    };
  }

  /** Applies events after a read at this second. */
  applyAt(now: number, ...events: Events): ReturnType<World["apply"]> {
    this.now = now;
    return this.apply(...events);
  }

  get item(): Item {
    return this.table.item({ Key: recordKey("files", "k") }) ?? {};
  }

  get record(): FileRecord {
    return parseItem(this.item);
  }
}

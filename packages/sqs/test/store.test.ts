import fs from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";

import { Sqlite } from "@waybill/sqlite";
import { describe, expect, test } from "vitest";

import { openSqs } from "../src/index.ts";
import { InFlight } from "../src/in-flight.ts";
import { STATEMENTS } from "../src/store/messages.ts";
import { Queues as QueueRecords } from "../src/store/queues.ts";
import { FORMAT, SCHEMA } from "../src/store/schema.ts";
import { ACCOUNT, arnOf, REGION, temporaryFolder } from "./fixture.ts";

const openDatabase = () =>
  new Sqlite({ file: path.join(temporaryFolder(), "sqs.db"), schema: SCHEMA, format: FORMAT });

describe("the store", () => {
  const scansAll = new Set(["release"]);
  test.each(Object.entries(STATEMENTS).filter(([name]) => !scansAll.has(name)))(
    "the statement %s neither scans a table nor sorts",
    (_, sql) => {
      const database = openDatabase();
      const steps = database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all();
      database.close();

      const plan = steps.map(({ detail }) => String(detail)).join("\n");

      expect(plan).not.toMatch(/SCAN|TEMP B-TREE/);
    },
  );
});

describe("opening the store", () => {
  test("rejects a folder that is open", () => {
    const dir = temporaryFolder();
    const open = () => openSqs({ dir, region: REGION, accountId: ACCOUNT });
    const first = open();

    expect(open).toThrow(expect.objectContaining({ code: "store.in_use", retry: true }));
    first.close();
    open().close();
  });

  test("rejects a file that is not a database or has another format", () => {
    const dir = temporaryFolder();
    const file = path.join(dir, "sqs.db");
    const open = () => openSqs({ dir, region: REGION, accountId: ACCOUNT });

    fs.writeFileSync(file, "not a database, but longer than its header".repeat(100));
    expect(open).toThrow(
      expect.objectContaining({
        code: "store.unreadable",
        message: expect.stringContaining(file),
      }),
    );
    fs.rmSync(file);
    const other = new DatabaseSync(file);
    other.exec("PRAGMA user_version = 99");
    other.close();
    expect(open).toThrow(expect.objectContaining({ code: "store.other_format" }));
  });
});

describe("the limit of messages in flight", () => {
  const queue = () => {
    const database = openDatabase();
    const made = new QueueRecords(database, arnOf).create("q", new Map(), new Map(), 0);
    database.close();
    return made;
  };

  test("is enforced by counting only when it could have been reached", () => {
    let inFlight = 0;
    let counts = 0;
    const limited = new InFlight(100, () => {
      counts += 1;
      return inFlight;
    });
    const one = queue();
    const take = () => {
      limited.admit(one, 10);
      inFlight += 10;
    };

    for (let i = 0; i < 10; i += 1) take();
    expect(counts).toBe(1);
    expect(take).toThrow(expect.objectContaining({ shape: "OverLimit", status: 403, retry: true }));

    inFlight = 20;
    for (let i = 0; i < 8; i += 1) take();
    expect(take).toThrow("in flight");
    expect(counts).toBe(4);
  });
});

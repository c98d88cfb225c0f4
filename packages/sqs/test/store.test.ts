import path from "node:path";

import { Sqlite } from "@waybill/sqlite";
import { describe, expect, test } from "vitest";

import { InFlight } from "../src/in-flight.ts";
import { Messages, STATEMENTS } from "../src/store/messages.ts";
import { Queues as QueueRecords } from "../src/store/queues.ts";
import { FORMAT, SCHEMA } from "../src/store/schema.ts";
import { arnOf, temporaryFolder } from "./fixture.ts";

const open = () =>
  new Sqlite({ file: path.join(temporaryFolder(), "sqs.db"), schema: SCHEMA, format: FORMAT });

describe("the store", () => {
  const walksEverything = new Set(["release"]);
  test.each(Object.entries(STATEMENTS).filter(([name]) => !walksEverything.has(name)))(
    "the statement %s never scans a table, nor sorts",
    (_, sql) => {
      const database = open();
      const steps = database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all();
      database.close();

      const plan = steps.map(({ detail }) => String(detail)).join("\n");

      expect(plan).not.toMatch(/SCAN|TEMP B-TREE/);
    },
  );

  test("a transaction that fails leaves nothing behind", () => {
    const database = open();
    const messages = new Messages(database);
    const put = () =>
      messages.insert(
        1,
        { messageId: "id", sentAt: 0, visibleAt: 0 },
        { body: "x", bodyMd5: "", sender: "" },
      );

    expect(() =>
      database.transaction(() => {
        put();
        throw new Error("no");
      }),
    ).toThrow("no");
    expect(messages.counts(1, 1).visible).toBe(0);
    database.transaction(put);
    expect(messages.counts(1, 1).visible).toBe(1);
    database.close();
  });
});

describe("the limit of messages in flight", () => {
  const queue = () => {
    const database = open();
    const made = new QueueRecords(database, arnOf).create("q", new Map(), new Map(), 0);
    database.close();
    return made;
  };

  test("is held by counting only when it could have been reached", () => {
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

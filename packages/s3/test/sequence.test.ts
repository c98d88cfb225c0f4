import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { Sqlite } from "@waybill/sqlite";
import { FORMAT, SCHEMA } from "../src/store/schema.ts";
import { Sequence, sequencer, token, tokenId } from "../src/store/sequence.ts";

const dir = mkdtempSync(join(tmpdir(), "waybill-sequence-"));
const open = (file: string) => new Sqlite({ file, schema: SCHEMA, format: FORMAT });
afterAll(() => rmSync(dir, { recursive: true }));

test("formats a sequencer as 18 digits: zeros, the second, a counter", () => {
  const second = 0x55aed6dc;
  const database = open(join(dir, "form.db"));
  const sequence = new Sequence(database, () => new Date(second * 1000));
  sequence.prepare();

  expect(sequencer(sequence.next())).toBe("0055AED6DC00000000");
  expect(sequencer(sequence.next())).toBe("0055AED6DC00000001");
  database.close();
});

test("increases the sequencers when the clock jumps and after a restart", () => {
  const step = fc.record({ clock: fc.integer({ min: -5000, max: 5000 }), restart: fc.boolean() });
  let run = 0;
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const path = join(dir, `${run++}.db`);
      let now = 1_700_000_000_000;
      let database = open(path);
      let sequence = new Sequence(database, () => new Date(now));
      let last = "";
      for (const { clock, restart } of steps) {
        now += clock;
        if (restart) {
          database.close();
          database = open(path);
          sequence = new Sequence(database, () => new Date(now));
        }
        sequence.prepare();
        const next = sequencer(sequence.next());

        expect(next > last).toBe(true);
        expect(next).toMatch(/^00[0-9A-F]{16}$/);
        last = next;
      }
      database.close();
    }),
    { numRuns: 30 },
  );
});

test("encodes a number as a unique version id, and decodes it", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }), (id) => {
      const name = token(id);

      expect(name).toMatch(/^[A-Za-z0-9._]{32}$/);
      expect(tokenId(name)).toBe(id);
      expect(token(id)).not.toBe(name);
    }),
  );
});

test.each(["", "null", "short", "a".repeat(33), `${"a".repeat(31)}-`])(
  "does not decode %j",
  (text) => {
    expect(tokenId(text)).toBeUndefined();
  },
);

test("decodes any text in the form of a version id to a safe integer or undefined", () => {
  const characters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._".split("");
  const text = fc.string({ unit: fc.constantFrom(...characters), minLength: 32, maxLength: 32 });
  fc.assert(
    fc.property(text, (name) => {
      expect(Number.isSafeInteger(tokenId(name) ?? 0)).toBe(true);
    }),
  );
});

import { PassThrough } from "node:stream";

import * as fc from "fast-check";
import { expect, test } from "vitest";

import { eachLine } from "../../src/ground/lines.ts";

async function linesOf(...chunks: Buffer[]): Promise<string[]> {
  const stream = new PassThrough();
  const lines: string[] = [];
  eachLine(stream, (line) => lines.push(line));
  for (const chunk of chunks) stream.write(chunk);
  stream.end();
  for await (const _ of stream) void _;
  return lines;
}

test("passes on a last line without a newline", async () => {
  expect(await linesOf(Buffer.from("one\ntwo"))).toEqual(["one", "two"]);
});

test("ends a line only at a newline, not at other line separators in a hostile name", async () => {
  const forged = '{"key":"a\u2028{\\"outcome\\":\\"indexed\\"}\r\u2029\u0085"}';

  expect(await linesOf(Buffer.from(`${forged}\n`))).toEqual([forged]);
});

test("preserves all text, at every chunk size", async () => {
  const text = fc.array(fc.string({ unit: "grapheme" }).map((s) => s.replaceAll("\n", "")));
  await fc.assert(
    fc.asyncProperty(text, fc.integer({ min: 1, max: 7 }), async (lines, size) => {
      const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(""));
      const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
        bytes.subarray(at * size, (at + 1) * size),
      );
      expect(await linesOf(...chunks)).toEqual(lines);
    }),
  );
});

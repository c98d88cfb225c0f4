import { DatabaseSync } from "node:sqlite";

import { expect, test } from "vitest";

import {
  blob,
  integer,
  optionalBlob,
  optionalInteger,
  optionalText,
  type Row,
  text,
} from "../src/index.ts";

function select(expression: string): Row {
  const database = new DatabaseSync(":memory:");
  const row = database.prepare(`SELECT ${expression} AS value`).get();
  database.close();
  if (!row) throw new Error("SELECT returned no row");
  return row;
}

test("reads a value of the column's type", () => {
  expect(integer(select("7"), "value")).toBe(7);
  expect(text(select("'é'"), "value")).toBe("é");
  expect(blob(select("x'00ff'"), "value")).toEqual(Buffer.of(0, 255));
});

test("reads NULL as undefined where a value is optional", () => {
  expect(optionalInteger(select("NULL"), "value")).toBeUndefined();
  expect(optionalText(select("NULL"), "value")).toBeUndefined();
  expect(optionalBlob(select("NULL"), "value")).toBeUndefined();
  expect(optionalInteger(select("7"), "value")).toBe(7);
  expect(optionalText(select("''"), "value")).toBe("");
  expect(optionalBlob(select("x''"), "value")).toEqual(Buffer.alloc(0));
});

test.each([
  ["an integer", integer, "'7'", "string"],
  ["text", text, "7", "number"],
  ["a blob", blob, "NULL", "NULL"],
  ["an integer", optionalInteger, "'7'", "string"],
])("rejects a value that is not %s", (expected, read, expression, found) => {
  expect(() => read(select(expression), "value")).toThrow(
    `The column "value" must be ${expected}, and is ${found}.`,
  );
});

test("rejects a column that the row does not have", () => {
  expect(() => optionalText(select("7"), "other")).toThrow('The column "other" must be text');
});

import { assert, integer, property, tuple } from "fast-check";
import { describe, expect, test } from "vitest";

import { sameItem } from "../../../../src/service/dynamodb/streams/attribute.ts";
import { changeOf } from "../../../../src/service/dynamodb/streams/change.ts";

const tableWith = (StreamViewType: string) => ({
  TableName: "things",
  KeySchema: [
    { AttributeName: "pk", KeyType: "HASH" },
    { AttributeName: "sk", KeyType: "RANGE" },
  ],
  StreamSpecification: { StreamEnabled: true, StreamViewType },
});
const keys = { pk: { S: "a" }, sk: { S: "b" } };
const one = { ...keys, data: { S: "test" } };
const two = { ...keys, data: { S: "hello" } };

// These records were recorded on AWS: github.com/Ankcorn/dynamodb-streams-test.
describe.each([
  { viewType: "KEYS_ONLY", sizes: [6, 6, 6], hasNew: false, hasOld: false },
  { viewType: "NEW_IMAGE", sizes: [20, 21, 6], hasNew: true, hasOld: false },
  { viewType: "OLD_IMAGE", sizes: [6, 20, 21], hasNew: false, hasOld: true },
  { viewType: "NEW_AND_OLD_IMAGES", sizes: [20, 35, 21], hasNew: true, hasOld: true },
])("with the view type $viewType", ({ viewType, sizes, hasNew, hasOld }) => {
  const change = (before: typeof one | undefined, after: typeof one | undefined) =>
    changeOf(tableWith(viewType), before, after, 1, undefined);

  test("an insert, a modification and a removal have the images and sizes of AWS", () => {
    const changes = [change(undefined, one), change(one, two), change(two, undefined)];

    expect(changes.map((each) => each?.name)).toEqual(["INSERT", "MODIFY", "REMOVE"]);
    expect(changes.map((each) => each?.size)).toEqual(sizes);
    expect(changes.map((each) => each?.keys)).toEqual([keys, keys, keys]);
    expect(changes.map((each) => each?.newImage)).toEqual(
      hasNew ? [one, two, undefined] : [undefined, undefined, undefined],
    );
    expect(changes.map((each) => each?.oldImage)).toEqual(
      hasOld ? [undefined, one, two] : [undefined, undefined, undefined],
    );
  });
});

test("an item with binary data has the size of a record from AWS", () => {
  const table = {
    ...tableWith("NEW_IMAGE"),
    KeySchema: [{ AttributeName: "my_partition_key", KeyType: "HASH" }],
  };
  const item = { my_partition_key: { S: "hello world" }, binary_key: { B: "Zm9vYmFy" } };

  expect(changeOf(table, undefined, item, 1, undefined)?.size).toBe(70);
});

test("the example of the Lambda Developer Guide has its size", () => {
  const table = {
    ...tableWith("NEW_AND_OLD_IMAGES"),
    KeySchema: [{ AttributeName: "Id", KeyType: "HASH" }],
  };
  const item = { Id: { N: "101" }, Message: { S: "New item!" } };
  const changed = { ...item, Message: { S: "This item has changed" } };

  expect(changeOf(table, undefined, item, 1, undefined)?.size).toBe(26);
  expect(changeOf(table, item, changed, 1, undefined)?.size).toBe(59);
  expect(changeOf(table, changed, undefined, 1, undefined)?.size).toBe(38);
});

test.each([
  [{ N: "1" }, { N: "1.0" }],
  [{ N: "-0" }, { N: "0" }],
  [{ N: "1200" }, { N: "1.2e3" }],
  [{ SS: ["a", "b"] }, { SS: ["b", "a"] }],
  [{ NS: ["1", "2"] }, { NS: ["2.0", "1"] }],
  [{ M: { a: { L: [{ N: "1" }] } } }, { M: { a: { L: [{ N: "1.0" }] } } }],
])("a write of %j over %j changes nothing", (after, before) => {
  const change = changeOf(
    tableWith("KEYS_ONLY"),
    { ...keys, x: before },
    { ...keys, x: after },
    1,
    undefined,
  );
  expect(change).toBeUndefined();
});

test.each([
  [{ N: "1" }, { S: "1" }],
  [{ N: "12" }, { N: "1.2" }],
  [{ N: "1" }, { N: "-1" }],
  [{ L: [{ S: "a" }] }, { L: [{ S: "a" }, { S: "a" }] }],
  [{ SS: ["a,b"] }, { SS: ["a", "b"] }],
  [{ M: { a: { S: "a" } } }, { M: { b: { S: "a" } } }],
])("a write of %j over %j is a change", (after, before) => {
  const change = changeOf(
    tableWith("KEYS_ONLY"),
    { ...keys, x: before },
    { ...keys, x: after },
    1,
    undefined,
  );
  expect(change?.name).toBe("MODIFY");
});

test("numbers are the same if their values are", () => {
  const number = tuple(integer({ min: -9999, max: 9999 }), integer({ min: -6, max: 6 }));
  assert(
    property(number, number, ([a, e], [b, f]) => {
      const same = sameItem({ n: { N: `${a}e${e}` } }, { n: { N: `${b}e${f}` } });
      const [smaller] = [e, f].toSorted((x, y) => x - y);
      const at = (value: number, power: number) =>
        BigInt(value) * 10n ** BigInt(power - (smaller ?? 0));
      expect(same).toBe(at(a, e) === at(b, f));
    }),
  );
});

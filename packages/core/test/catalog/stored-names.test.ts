import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";
import * as fc from "fast-check";
import { expect, test } from "vitest";

import { withChosenNames, withStoredNames } from "../../src/catalog/stored-names.ts";

const names = fc.oneof(
  fc.constantFrom("__proto__", "constructor", "toString", "\\constructor", "\\\\__proto__", "\\"),
  fc.string(),
);

test("any names survive the conversion to an item and back", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(names, fc.string())), (entries) => {
      const map: Record<string, string> = Object.fromEntries(entries);
      const item: unknown = unmarshall(marshall({ map: withStoredNames(map) }))["map"];
      const read = withChosenNames(item as Record<string, string>);
      expect(new Map(Object.entries(read))).toEqual(new Map(Object.entries(map)));
    }),
  );
});

test("usual names are stored as they are", () => {
  const map = { owner: "ann", "x-y_z.1": "b", tostring: "c", "a b/c:d": "e" };
  expect(withStoredNames(map)).toEqual(map);
});

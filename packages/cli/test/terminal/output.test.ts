import * as fc from "fast-check";
import { expect, test } from "vitest";

import { jsonOf } from "../../src/terminal/output.ts";

test("jsonOf keeps the value, and escapes control and invisible characters", () => {
  const hostile = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.constantFrom("\u202egpj.exe", "a\u{e0041}b", "\u001b[31m", "a\u2028b", "\\u202e", "\u007f"),
  );
  fc.assert(
    fc.property(fc.dictionary(hostile, hostile), fc.constantFrom(undefined, 2), (value, indent) => {
      const json = jsonOf(value, indent);
      expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify(value)));
      expect(json.replaceAll("\n", "")).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
    }),
  );
});

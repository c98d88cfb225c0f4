import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { fields } from "../../src/terminal/fields.ts";
import { type Column, table } from "../../src/terminal/table.ts";
import { fit, pad, widthOf, wrap } from "../../src/terminal/width.ts";

describe("fit", () => {
  test.each([
    ["abcdefgh", 8, "abcdefgh"],
    ["abcdefgh", 7, "abc…fgh"],
    ["abcdefgh", 6, "abc…gh"],
    ["abcdefgh", 1, "…"],
    ["abcdefgh", 0, ""],
    ["日本語のファイル名", 9, "日本…ル名"],
    ["e\u0301e\u0301e\u0301e\u0301", 3, "e\u0301…e\u0301"],
    ["👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦", 5, "👩‍👩‍👧‍👦…👩‍👩‍👧‍👦"],
  ])("shortens %s to %i columns: %s", (text, columns, fitted) => {
    expect(fit(text, columns)).toBe(fitted);
  });

  test("never exceeds the columns, and keeps both ends", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "grapheme" }),
        fc.integer({ min: 0, max: 40 }),
        (text, columns) => {
          const fitted = fit(text, columns);
          expect(widthOf(fitted)).toBeLessThanOrEqual(columns);
          const [left = "", right = ""] = fitted.split("…");
          expect(fitted === text || (text.startsWith(left) && text.endsWith(right))).toBe(true);
        },
      ),
    );
  });
});

describe("wrap", () => {
  test.each([
    ["a few words", 20, ["a few words"]],
    ["a few words", 5, ["a few", "words"]],
    ["a few words", 6, ["a few", "words"]],
    ["longer than that", 4, ["long", "er", "than", "that"]],
    ["日本語", 4, ["日本", "語"]],
    ["日本", 1, ["日", "本"]],
    ["", 5, [""]],
  ])("breaks %j at %i columns into %j", (text, columns, lines) => {
    expect(wrap(text, columns)).toEqual(lines);
  });

  test("keeps all characters, and no line exceeds the columns", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom("a", " ", "日", "e\u0301", "🚀") }),
        fc.integer({ min: 2, max: 40 }),
        (text, columns) => {
          const lines = wrap(text, columns);
          for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(columns);
          expect(lines.join("").replaceAll(" ", "")).toBe(text.replaceAll(" ", ""));
        },
      ),
    );
  });
});

test("fields places values beside their names, or below them in a narrow window, and cuts nothing", () => {
  const rows = [
    ["key", "a/long/key with/blanks.txt"],
    ["size", "5 B"],
  ] as const;
  expect(fields(rows, undefined)).toBe("key   a/long/key with/blanks.txt\nsize  5 B\n");
  expect(fields(rows, 24)).toBe("key   a/long/key\n      with/blanks.txt\nsize  5 B\n");
  expect(fields(rows, 20)).toBe("key\n    a/long/key\n    with/blanks.txt\nsize\n    5 B\n");
});

test("pad counts columns, not characters", () => {
  expect(pad("日本", 6)).toBe("日本  ");
  expect(pad("日本", 6, "right")).toBe("  日本");
  expect(pad("日本", 2)).toBe("日本");
});

const COLUMNS: readonly Column[] = [
  { title: "when" },
  { title: "size", align: "right", width: 6 },
  { title: "key", shrinks: true },
];

describe("a table", () => {
  const rows = [
    ["now", "1 B", "short"],
    ["yesterday", "23.4 KB", `very/${"long/".repeat(20)}key.txt`],
  ];

  test("aligns columns under titles in a window", () => {
    expect(table(COLUMNS, rows, { window: 40 })).toBe(
      [
        "when          size  key",
        "now            1 B  short",
        "yesterday  23.4 KB  very/long/…g/key.txt",
        "",
      ].join("\n"),
    );
  });

  test("is not shortened and has no titles without a window", () => {
    const text = table(COLUMNS, rows, { window: undefined, titles: false });
    expect(text).toContain(rows[1]?.[2]);
    expect(text.split("\n")).toHaveLength(3);
  });

  test("is empty without rows", () => {
    expect(table(COLUMNS, [], { window: 40 })).toBe("");
  });

  test("never exceeds a window that has room for the fixed columns", () => {
    const cell = fc.string({ unit: "grapheme", maxLength: 60 });
    fc.assert(
      fc.property(fc.array(cell), fc.integer({ min: 24, max: 200 }), (keys, window) => {
        const text = table(
          COLUMNS,
          keys.map((key) => ["now", "1 B", key]),
          { window },
        );
        for (const line of text.split("\n")) expect(widthOf(line)).toBeLessThanOrEqual(window);
      }),
    );
  });

  test("drops columns in order if the window is too narrow", () => {
    const columns: Column[] = [
      { title: "arrived", width: 10, dropOrder: 1 },
      { title: "size", align: "right", width: 6, dropOrder: 2 },
      { title: "key", shrinks: true },
    ];
    const row = [["yesterday", "1 B", "a/long/key.txt"]];
    const at = (window: number) => table(columns, row, { window, titles: false });
    expect(at(28)).toBe("yesterday      1 B  a/lo…txt\n");
    expect(at(27)).toBe("   1 B  a/long/key.txt\n");
    expect(at(15)).toBe("a/long/key.txt\n");
    expect(at(4)).toBe("a/lo…txt\n");
  });

  test("shrinks its widest column first", () => {
    const two: Column[] = [
      { title: "a", shrinks: true },
      { title: "b", shrinks: true },
    ];
    const line = table(two, [["x".repeat(10), "y".repeat(100)]], { window: 60, titles: false });
    expect(line).toMatch(/^x{10} {2}y+…y+\n$/);
    expect(line).toHaveLength(61);
  });

  test("ignores styles in the width of cells", () => {
    const style = (text: string) => `<${text}>`;
    const cells = [
      ["a", { text: "1", style }, "k"],
      ["b", "2", { text: "日本", style }],
    ];
    expect(table(COLUMNS, cells, { titles: false, window: 80 })).toBe(
      "a  <     1>  k\nb       2  <日本>\n",
    );
  });
});

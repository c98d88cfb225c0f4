import { describe, expect, test } from "vitest";

import {
  changedInputs,
  ignoringChanges,
  plain,
  redacted,
  withSecretsOf,
} from "../../src/pulumi/properties.ts";
import { secret } from "../../src/synth/marked.ts";

describe("secrets", () => {
  const inputs = { name: "a", list: [{ token: secret({ deep: secret("x") }) }] };

  test("arrive as values where they are used", () => {
    expect(plain(inputs)).toEqual({ name: "a", list: [{ token: { deep: "x" } }] });
  });

  test("are not in events", () => {
    expect(JSON.stringify(redacted(inputs))).not.toContain('"x"');
  });

  test("stay secret in outputs that repeat them, or that are declared secret", () => {
    const outputs = { name: "a", token: "x", key: "k" };
    expect(withSecretsOf(outputs, { name: "a", token: secret("x") }, ["key"])).toEqual({
      name: "a",
      token: secret("x"),
      key: secret("k"),
    });
  });
});

describe("inputs", () => {
  test("that differ are named, and one without a value equals a missing one", () => {
    const before = { same: 1, gone: 1, nothing: null, secret: secret("x") };
    const after = { same: 1, added: 1, secret: secret("y") };
    expect(changedInputs(before, after)).toEqual(["added", "gone", "secret"]);
  });

  test("that are ignored keep their old value, at any depth", () => {
    const before = { name: "old", tags: { a: "1", b: "2" }, size: 1 };
    const after = { name: "new", tags: { a: "9", b: "9" }, size: 2, extra: true };
    expect(ignoringChanges(after, before, ["name", "tags.a", "extra"])).toEqual({
      name: "old",
      tags: { a: "1", b: "9" },
      size: 2,
    });
    expect(ignoringChanges(after, before, ["*"])).toEqual(before);
  });

  test("cannot be ignored by an index", () => {
    expect(() => ignoringChanges({ a: [1] }, { a: [2] }, ["a[0]"])).toThrow("a[0]");
  });
});

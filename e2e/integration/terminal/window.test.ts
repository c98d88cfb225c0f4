import { afterEach, beforeAll, describe, expect, test } from "vitest";

import stringWidth from "string-width";
import { closeWindows, noTmux, shown as shownIn } from "@waybill/cli/test/window";
import { putFiles } from "../query/bucket.ts";
import { stageEnv, unique } from "../support.ts";

const shown = (columns: number, line: string, env: Record<string, string> = {}) =>
  shownIn(columns, line, { ...stageEnv, ...env });

const root = unique("");
const LONG = `${root}${"long/".repeat(10)}end.txt`;
const HOSTILE = `${root}\u001b[31mred\u202e\n`;
const WIDE = `${root}日本/京都の写真.jpg`;
const SHORT = `${root}a b.txt`;

beforeAll(async () => {
  if (!noTmux) await putFiles(root, [HOSTILE, SHORT, LONG, WIDE], { Body: root });
});

afterEach(closeWindows);

describe.skipIf(noTmux)("in a terminal", () => {
  test.each([60, 160])(
    "of %i columns, ls prints an aligned table with titles that fits",
    async (columns) => {
      const { code, screen } = await shown(columns, `waybill ls ${root}`);
      const [titles = "", ...lines] = screen.trimEnd().split("\n");
      expect(code).toBe(0);
      expect(titles).toBe("arrived (UTC)             size  key");
      expect(lines).toHaveLength(4);
      for (const line of lines) {
        expect(line).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {7}\d\d B {2}\S/);
        expect(stringWidth(line)).toBeLessThanOrEqual(columns);
      }
      const narrow = columns === 60;
      expect(screen).toContain(narrow ? "d\\u202e\\u000a\n" : "/\\u001b[31mred\\u202e\\u000a\n");
      expect(screen).toMatch(narrow ? / {2}test\/\S{9}…\/long\/end\.txt\n/ : `  ${LONG}\n`);
    },
  );

  test("of 20 columns, ls omits columns in favor of the key", async () => {
    const { screen } = await shown(20, `waybill ls ${root}`);
    const lines = screen.trimEnd().split("\n");
    expect(lines).toHaveLength(5);
    expect(lines[0]).toBe("     size  key");
    for (const line of lines) expect(stringWidth(line)).toBeLessThanOrEqual(20);
  });

  test.each([60, 160])("of %i columns, get prints the whole record", async (columns) => {
    const { screen } = await shown(columns, `waybill get ${LONG}`);
    for (const line of screen.split("\n")) expect(stringWidth(line)).toBeLessThanOrEqual(columns);
    expect(screen.replaceAll(/\n +/g, "")).toContain(`  ${LONG}\n`);
    expect(screen).toMatch(/^storageClass +STANDARD$/m);
  });

  test("prints colors, unless NO_COLOR is set", async () => {
    const { colors } = await shown(60, `waybill ls ${root} --folders`);
    expect(colors).toContain("\u001b[2marrived (UTC)");
    expect(colors).toContain(`\u001b[1m\u001b[34m${root.slice(0, 14)}…`);
    const plain = await shown(60, `waybill ls ${root} --folders`, { NO_COLOR: "1" });
    expect(plain.colors).not.toContain("\u001b");
  });

  test("prints no colors, no titles and whole keys to a pipe", async () => {
    const { screen, colors } = await shown(160, `waybill ls ${root} --folders | cat`);
    expect(colors).not.toContain("\u001b");
    expect(screen).not.toContain("arrived");
    const piped = await shown(60, `waybill ls ${root} | grep -cF ${LONG}`);
    expect(piped.screen.trim()).toBe("1");
  });

  test("find prints its cost on standard error", async () => {
    const line = `waybill find ${root} --name '*.jpg'`;
    const { screen } = await shown(160, line);
    expect(screen).toMatch(/京都の写真\.jpg\nwaybill: 1 file; read \d+ items in \d+ requests, /);
    const { screen: found } = await shown(160, `${line} --jsonl 2>/dev/null`);
    // The terminal has wrapped the line.
    expect(JSON.parse(found.replaceAll("\n", ""))).toMatchObject({ key: WIDE });
  });

  test("exits with 0 and no message when its reader closes the pipe", async () => {
    const { code, screen } = await shown(60, `waybill ls ${root} | head -1 | wc -l`);
    expect({ code, screen: screen.trim() }).toEqual({ code: 0, screen: "1" });
  });
});

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { ROUTES } from "../src/routes.ts";

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), "utf8");
const README = read("../README.md");

/** Makes code comparable, whatever its indentation and the way it imports the package. */
function normalize(code: string): string {
  return code.replaceAll("../src/index.ts", "@waybill/s3").replaceAll(/^[ \t]+/gm, "");
}

test("shows only code that example.test.ts runs", () => {
  const example = normalize(read("example.test.ts"));
  const blocks = [...README.matchAll(/```ts\n(.*?)```/gs)].map(([, code = ""]) => normalize(code));

  expect(blocks).toHaveLength(4);
  for (const block of blocks) expect(example).toContain(block);
});

test("lists exactly the supported operations", () => {
  const [section = ""] = README.split("## Operations\n")[1]?.split("\n\nAny other") ?? [];
  const listed = [...section.matchAll(/`([A-Z]\w+)`/g)].map(([, name = ""]) => name);
  const supported = Object.values(ROUTES).flatMap((routes) => routes.map(({ name }) => name));

  expect(listed.toSorted()).toEqual(supported.toSorted());
});

test("names every option of startS3", () => {
  const interfaceText = /interface StartOptions \{(.*?)\n\}/s.exec(read("../src/start.ts"))?.[1];
  const options = [...(interfaceText ?? "").matchAll(/readonly (\w+)\?:/g)].map(([, name]) => name);
  const named = [...README.matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name);

  expect(named).toEqual(options);
});

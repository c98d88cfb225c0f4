import { Validator } from "@seriousme/openapi-schema-validator";
import { expect, test } from "vitest";
import * as z from "zod/mini";

import type { OpenApi } from "../../src/api/openapi.ts";
import { documentOf } from "./document.ts";
import { apiOn, oneFile } from "./fixture.ts";

const { app, ask } = apiOn(oneFile);
const document: OpenApi = JSON.parse(await (await ask("/openapi.json")).text());
const { expectAnswer } = documentOf(document);
const operations = Object.entries(document.paths).map(([path, { get }]) => ({ path, ...get }));

const EXAMPLES: Record<string, string> = {
  "/files/{key}": "/files/a",
  "/file": "/file?key=a",
  "/duplicates": "/duplicates?key=a",
  "/stats": "/stats?by=type",
};

/** What else a request has to say. */
const NEEDED: Record<string, Record<string, string>> = {
  "/duplicates": { etag: "e" },
  "/stats": { by: "type" },
};

test("the document is OpenAPI 3.1", async () => {
  const validator = new Validator();
  expect(await validator.validate(structuredClone({ ...document }))).toMatchObject({ valid: true });
  expect(validator.version).toBe("3.1");
});

test("every route is documented, and every documented path is a route", () => {
  const routes = app.routes.filter(({ method, path }) => method === "GET" && path !== "/*");
  expect(new Set(routes.map(({ path }) => path.replace("*", "{key}")))).toEqual(
    new Set(operations.map(({ path }) => path)),
  );
});

test.each(operations)(
  "$path answers what the document says, and no member more",
  async ({ path }) => {
    const target = EXAMPLES[path] ?? path;
    const response = await ask(target);
    expect(response.status).toBe(200);
    await expectAnswer(path, response);
    await expectAnswer(path, await ask(`${target}${target.includes("?") ? "&" : "?"}nope=1`));
    await expectAnswer(path, await ask(target, { method: "POST" }));
  },
);

test("an answer that the document does not say is told from one that it does", async () => {
  const answer = JSON.parse(await (await ask("/files")).text());
  for (const other of [
    { ...answer, more: 1 },
    { ...answer, records: [{ ...answer.records[0], size: "5" }] },
    { ...answer, records: [{ ...answer.records[0], colour: "red" }] },
    { ...answer, read: undefined },
  ]) {
    await expect(expectAnswer("/files", Response.json(other))).rejects.toThrow(/to be null/);
  }
});

test.each(operations)("$path describes each of its parameters", ({ parameters }) => {
  const undescribed = parameters.filter(
    ({ description, schema }) =>
      !/\w.*\.$/.test(String(description)) || Object.keys(schema).length === 0,
  );
  expect(undescribed).toEqual([]);
});

test("limits stand in the document", () => {
  const find = operations.find(({ path }) => path === "/find");
  const schemas = Object.fromEntries((find?.parameters ?? []).map((one) => [one.name, one]));
  expect(schemas["limit"]).toMatchObject({
    in: "query",
    required: false,
    schema: { type: "integer", minimum: 1, maximum: 1000, default: 100 },
  });
  expect(schemas["state"]).toMatchObject({
    schema: { enum: ["present", "unreadable", "deleted"] },
  });
  expect(schemas["metadata"]).toMatchObject({
    style: "form",
    explode: true,
    schema: { type: "array", maxItems: 10 },
  });
});

const texts = operations.flatMap(({ path, parameters }) =>
  parameters
    .filter(({ schema }) => schema.type === "string" && !schema.enum && !schema.pattern)
    .map(({ name, schema }) => ({ path, name, ...schema })),
);

test.each(texts)(
  "$path takes a $name as long as the document says, and no longer",
  async (text) => {
    const { path, name, minLength = 0, maxLength } = text;
    if (maxLength === undefined) throw new Error("nothing is said of its length");
    const complaints = async (value: string) => {
      const query = new URLSearchParams({ ...NEEDED[path], [name]: value });
      if (name === "key") query.delete("etag");
      if (name === "startAfter") query.set("startAfterTime", "2026");
      if (path === "/find") query.set("since", "2026");
      const inPath = path.includes("{key}");
      const response = await ask(inPath ? `/files/${value}` : `${path}?${query.toString()}`);
      const { errors = [] }: { errors?: { parameter: string }[] } = JSON.parse(
        await response.text(),
      );
      return errors.filter(({ parameter }) => parameter === name).length;
    };
    expect(await complaints("a".repeat(maxLength))).toBe(0);
    expect(await complaints("a".repeat(maxLength + 1))).toBe(1);
    expect(await complaints("")).toBe(minLength === 0 ? 0 : 1);
  },
);

test("what is required is said to be", () => {
  const required = operations.flatMap(({ path, parameters }) =>
    parameters.filter((one) => one["required"]).map((one) => `${path} ${one.name} in ${one.in}`),
  );
  expect(required).toEqual([
    "/files/{key} key in path",
    "/file key in query",
    "/stats by in query",
  ]);
});

test("each operation has a name of its own", () => {
  const names = operations.map(({ operationId }) => operationId);
  expect(new Set(names).size).toBe(names.length);
});

test("every member of a record is described", () => {
  const { schemas } = z.parse(
    z.looseObject({
      schemas: z.record(
        z.string(),
        z.looseObject({
          properties: z.optional(
            z.record(z.string(), z.looseObject({ description: z.optional(z.string()) })),
          ),
        }),
      ),
    }),
    document["components"],
  );
  for (const id of ["PresentRecord", "UnreadableRecord", "DeletedRecord"]) {
    const members = Object.entries(schemas[id]?.properties ?? {});
    expect(members.length).toBeGreaterThan(5);
    expect(members.filter(([, { description }]) => description === undefined)).toEqual([]);
  }
});

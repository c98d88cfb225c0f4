import { Validator } from "@seriousme/openapi-schema-validator";
import { expect, test } from "vitest";
import * as z from "zod/mini";

import type { OpenApi } from "../../src/api/openapi.ts";
import { documentOf } from "./document.ts";
import { apiOn, oneFile } from "./fixture.ts";

const { app, request } = apiOn(oneFile);
const document: OpenApi = JSON.parse(await (await request("/openapi.json")).text());
const { expectDocumented } = documentOf(document);
const operations = Object.entries(document.paths).map(([path, { get }]) => ({ path, ...get }));

const EXAMPLES: Record<string, string> = {
  "/file": "/file?key=a",
  "/duplicates": "/duplicates?key=a",
  "/stats": "/stats?by=type",
};

/** Other parameters that a path requires. */
const REQUIRED: Record<string, Record<string, string>> = {
  "/duplicates": { etag: "e" },
  "/stats": { by: "type" },
};

test("is an OpenAPI 3.1 document", async () => {
  const validator = new Validator();
  expect(await validator.validate(structuredClone({ ...document }))).toMatchObject({ valid: true });
  expect(validator.version).toBe("3.1");
});

test("documents every route, and nothing else", () => {
  const routes = app.routes.filter(({ method, path }) => method === "GET" && path !== "/*");
  expect(new Set(routes.map(({ path }) => path))).toEqual(
    new Set(operations.map(({ path }) => path)),
  );
});

test.each(operations)(
  "$path responds as documented, without additional members",
  async ({ path }) => {
    const target = EXAMPLES[path] ?? path;
    const response = await request(target);
    expect(response.status).toBe(200);
    await expectDocumented(path, response);
    await expectDocumented(
      path,
      await request(`${target}${target.includes("?") ? "&" : "?"}nope=1`),
    );
    await expectDocumented(path, await request(target, { method: "POST" }));
  },
);

test("a response that is not as documented fails the check", async () => {
  const page = JSON.parse(await (await request("/files")).text());
  for (const other of [
    { ...page, more: 1 },
    { ...page, records: [{ ...page.records[0], size: "5" }] },
    { ...page, records: [{ ...page.records[0], color: "red" }] },
    { ...page, read: undefined },
  ]) {
    await expect(expectDocumented("/files", Response.json(other))).rejects.toThrow(/to be null/);
  }
});

test.each(operations)("describes each parameter of $path", ({ parameters }) => {
  const undescribed = parameters.filter(
    ({ description, schema }) =>
      !/\w.*\.$/.test(String(description)) || Object.keys(schema).length === 0,
  );
  expect(undescribed).toEqual([]);
});

test("documents the limits of parameters", () => {
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
  "$path accepts a $name of the documented length, and none longer",
  async (text) => {
    const { path, name, minLength = 0, maxLength } = text;
    if (maxLength === undefined) throw new Error("the document has no length");
    const errorsFor = async (value: string) => {
      const query = new URLSearchParams({ ...REQUIRED[path], [name]: value });
      if (name === "key" || name === "content") query.delete("etag");
      if (name === "startAfter") query.set("startAfterTime", "2026");
      if (path === "/find") query.set("since", "2026");
      const response = await request(`${path}?${query.toString()}`);
      const { errors = [] }: { errors?: { parameter: string }[] } = JSON.parse(
        await response.text(),
      );
      return errors.filter(({ parameter }) => parameter === name).length;
    };
    expect(await errorsFor("a".repeat(maxLength))).toBe(0);
    expect(await errorsFor("a".repeat(maxLength + 1))).toBe(1);
    expect(await errorsFor("")).toBe(minLength === 0 ? 0 : 1);
  },
);

test("documents which parameters are required", () => {
  const required = operations.flatMap(({ path, parameters }) =>
    parameters.filter((one) => one["required"]).map((one) => `${path} ${one.name} in ${one.in}`),
  );
  expect(required).toEqual(["/file key in query", "/stats by in query"]);
});

test("gives each operation a unique operationId", () => {
  const names = operations.map(({ operationId }) => operationId);
  expect(new Set(names).size).toBe(names.length);
});

test("describes every member of a record", () => {
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

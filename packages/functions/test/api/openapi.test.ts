import { Validator } from "@seriousme/openapi-schema-validator";
import { expect, test } from "vitest";
import * as z from "zod/mini";

import type { OpenApi } from "../../src/api/openapi.ts";
import { ROUTES } from "../../src/api/routes.ts";
import { apiOn, oneFile } from "./fixture.ts";

const { app, ask } = apiOn(oneFile);
const document: OpenApi = JSON.parse(await (await ask("/openapi.json")).text());
const operations = Object.entries(document.paths).map(([path, { get }]) => ({ path, ...get }));

const EXAMPLES: Record<string, string> = {
  "/files/{key}": "/files/a",
  "/file": "/file?key=a",
  "/duplicates": "/duplicates?key=a",
  "/stats": "/stats?by=type",
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

test.each(ROUTES)("$path answers what its schema says, and no member more", async (route) => {
  const response = await ask(EXAMPLES[route.path] ?? route.path);
  expect(response.status).toBe(200);
  const answer: unknown = await response.json();
  // Reading by a schema leaves out what it does not name.
  expect(z.parse(route.answer, answer)).toEqual(answer);
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
  expect(schemas["metadata"]).toMatchObject({ style: "form", explode: true });
});

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

import { MAX_METADATA } from "@waybill/core/catalog/query";
import * as z from "zod/mini";

import {
  DuplicatesPage,
  FileRecord,
  FindPage,
  ListPage,
  RECORD_MEMBERS,
  RecentPage,
  Stats,
} from "./answers.ts";
import { Problem } from "./problem.ts";
import { type Route, route } from "./route.ts";

/** JSON Schema as zod writes it. */
type Schema = z.core.JSONSchema.BaseSchema;

/** An OpenAPI document; its shape is held by a test against OpenAPI's own schema. */
export interface OpenApi {
  readonly openapi: "3.1.1";
  readonly paths: Readonly<Record<string, { readonly get: Operation }>>;
  readonly [member: string]: unknown;
}

interface Operation {
  readonly operationId: string;
  readonly parameters: readonly Parameter[];
  readonly [member: string]: unknown;
}

interface Parameter {
  readonly name: string;
  readonly in: "query" | "path";
  readonly schema: Schema;
  readonly [member: string]: unknown;
}

const DESCRIPTION = `What the bucket holds, as the catalogue knows it: about a second behind the bucket.

Requests are signed with AWS Signature Version 4 for the service \`lambda\`; the caller needs \`lambda:InvokeFunctionUrl\` and \`lambda:InvokeFunction\` on the function. Every path also answers HEAD. Times are ISO 8601 in UTC.

A page that is not the last has \`next\`: the parameters to add to the same request for the next page. It may hold fewer entries than \`limit\`.

Every answer has a weak ETag; a request with \`If-None-Match\` is answered with 304 where nothing has changed.`;

/** The answer of `documentRoute`; OpenAPI's own schema says what it is. */
const OpenApiDocument = z.looseObject({ openapi: z.string(), paths: z.looseObject({}) });

const RECORDS = ["PresentRecord", "UnreadableRecord", "DeletedRecord"] as const;

/** What the document gives a name. */
const COMPONENTS = z.registry<{ id: string }>();
for (const [id, schema] of Object.entries<z.core.$ZodType>({
  FileRecord,
  ListPage,
  RecentPage,
  DuplicatesPage,
  FindPage,
  Stats,
  Problem,
  OpenApiDocument,
})) {
  COMPONENTS.add(schema, { id });
}
FileRecord.def.options.forEach((option, at) => COMPONENTS.add(option, { id: RECORDS[at] ?? "" }));

/** The path at which these routes and itself are described. */
export function documentRoute(routes: readonly Route[]): Route {
  let document: OpenApi | undefined;
  const self: Route = route({
    id: "describeApi",
    path: "/openapi.json",
    summary: "This document.",
    query: z.strictObject({}),
    answer: OpenApiDocument,
    run: () => Promise.resolve((document ??= openApiOf([...routes, self]))),
  });
  return self;
}

/** Describes routes, as the schemas of what they take and answer say it. */
export function openApiOf(routes: readonly Route[]): OpenApi {
  return {
    openapi: "3.1.1",
    info: { title: "Waybill", version: "1.0.0", description: DESCRIPTION },
    // Relative to where this document is.
    servers: [{ url: "./" }],
    security: [{ sigv4: [] }],
    paths: Object.fromEntries(routes.map((route) => [route.path, { get: operationOf(route) }])),
    components: {
      schemas: componentsOf(),
      responses: {
        NotModified: { description: "What the client has still holds (If-None-Match)." },
        Problem: {
          description: "The request cannot be answered; `code` says why and `help` what to do.",
          content: { "application/problem+json": { schema: reference(Problem) } },
        },
      },
      securitySchemes: {
        sigv4: {
          type: "apiKey",
          name: "Authorization",
          in: "header",
          description: "AWS Signature Version 4, service `lambda`.",
          "x-amazon-apigateway-authtype": "awsSigv4",
        },
      },
    },
  };
}

function operationOf(route: Route): Operation {
  const problem = { $ref: "#/components/responses/Problem" };
  return {
    operationId: route.id,
    summary: route.summary,
    ...(route.description === undefined ? {} : { description: route.description }),
    parameters: parametersOf(route),
    responses: {
      200: {
        description: route.summary,
        headers: { ETag: { schema: { type: "string" }, description: "Weak." } },
        content: { "application/json": { schema: reference(route.answer) } },
      },
      304: { $ref: "#/components/responses/NotModified" },
      400: problem,
      ...(route.missing === undefined ? {} : { 404: { ...problem, description: route.missing } }),
      default: problem,
    },
  };
}

function parametersOf({ path, query }: Route): Parameter[] {
  const { properties = {} } = z.toJSONSchema(query, { io: "output" });
  return Object.entries(query.shape).map(([name, member]) => {
    const property = properties[name];
    if (typeof property !== "object") throw new TypeError(`${name} has no schema`);
    const { description = "", ...schema } = property;
    const inPath = path.includes(`{${name}}`);
    const without = z.safeParse(member, undefined);
    return {
      name,
      in: inPath ? "path" : "query",
      required: inPath || !without.success,
      description,
      // One `name=value` for each entry.
      ...(schema.type === "object"
        ? PAIRS
        : {
            schema: without.data === undefined ? schema : { ...schema, default: without.data },
          }),
    };
  });
}

/** A parameter that is given once for each pair. */
const PAIRS = {
  schema: { type: "array", items: { type: "string", pattern: "^[^=]+=" }, maxItems: MAX_METADATA },
  style: "form",
  explode: true,
} as const;

function componentsOf(): Record<string, Schema> {
  const { schemas } = z.toJSONSchema(COMPONENTS, {
    io: "output",
    uri: (id) => `#/components/schemas/${id}`,
    override: ({ jsonSchema }) => {
      // A later version may say more.
      if (jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
    },
  });
  for (const id of RECORDS) describeMembers(schemas[id]?.properties ?? {});
  return Object.fromEntries(
    // Where they stand says what they are called, and the document which JSON Schema is meant.
    Object.entries(schemas).map(([id, schema]) => {
      delete schema.$schema;
      delete schema.$id;
      return [id, schema];
    }),
  );
}

function describeMembers(properties: Record<string, Schema | boolean>): void {
  for (const [name, description] of Object.entries(RECORD_MEMBERS)) {
    const property = properties[name];
    if (typeof property === "object") property.description = description;
  }
}

function reference(schema: z.core.$ZodType): { $ref: string } {
  const id = COMPONENTS.get(schema)?.id;
  if (id === undefined) throw new TypeError("an answer is none of the document's components");
  return { $ref: `#/components/schemas/${id}` };
}

import { MAX_PAIRS } from "@waybill/core/limits";
import * as z from "zod/mini";

import { Problem } from "./problem.ts";
import {
  DuplicatesPage,
  FileRecord,
  FindPage,
  ListPage,
  RECORD_MEMBERS,
  RecentPage,
  Stats,
} from "./responses.ts";
import { defineRoute, type Route } from "./route.ts";

/** A JSON Schema that zod generated. */
type Schema = z.core.JSONSchema.BaseSchema;

/** An OpenAPI document. A test validates it with the schema of OpenAPI itself. */
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
  readonly in: "query";
  readonly schema: Schema;
  readonly [member: string]: unknown;
}

const DESCRIPTION = `The files of the bucket, as recorded in the catalog. The catalog follows the bucket by about a second.

Sign requests with AWS Signature Version 4 for the service \`lambda\`. The caller needs \`lambda:InvokeFunctionUrl\` and \`lambda:InvokeFunction\` on the function. Every path also supports HEAD. Times are ISO 8601 in UTC.

A page that is not the last has \`next\`: parameters to add to the same request for the next page. A page may have fewer entries than \`limit\`.

Every response has a weak ETag. A request with a matching \`If-None-Match\` returns 304.`;

/** The response of `documentRoute`; the schema of OpenAPI itself describes it in full. */
const OpenApiDocument = z.looseObject({ openapi: z.string(), paths: z.looseObject({}) });

const RECORDS = ["PresentRecord", "UnreadableRecord", "DeletedRecord"] as const;

/** The schemas that the document names under `components`. */
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

/** Returns the route of the document that describes these routes and itself. */
export function documentRoute(routes: readonly Route[]): Route {
  let document: OpenApi | undefined;
  const self: Route = defineRoute({
    id: "describeApi",
    path: "/openapi.json",
    summary: "This document.",
    query: z.strictObject({}),
    response: OpenApiDocument,
    run: () => Promise.resolve((document ??= openApiOf([...routes, self]))),
  });
  return self;
}

/** Generates the document from the schemas of the routes. */
export function openApiOf(routes: readonly Route[]): OpenApi {
  return {
    openapi: "3.1.1",
    info: { title: "Waybill", version: "1.0.0", description: DESCRIPTION },
    // Relative to the URL of this document.
    servers: [{ url: "./" }],
    security: [{ sigv4: [] }],
    paths: Object.fromEntries(routes.map((route) => [route.path, { get: operationOf(route) }])),
    components: {
      schemas: componentsOf(),
      responses: {
        NotModified: {
          description: "The response has not changed since the one that If-None-Match names.",
        },
        Problem: {
          description: "The request failed; `code` says why, and `help` what to do.",
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
        content: { "application/json": { schema: reference(route.response) } },
      },
      304: { $ref: "#/components/responses/NotModified" },
      400: problem,
      ...(route.missing === undefined ? {} : { 404: { ...problem, description: route.missing } }),
      default: problem,
    },
  };
}

function parametersOf({ query }: Route): Parameter[] {
  const { properties = {} } = z.toJSONSchema(query, { io: "output" });
  return Object.entries(query.shape).map(([name, member]) => {
    const property = properties[name];
    if (typeof property !== "object") throw new TypeError(`the parameter ${name} has no schema`);
    const { description = "", ...schema } = property;
    const without = z.safeParse(member, undefined);
    return {
      name,
      in: "query",
      required: !without.success,
      description,
      // `metadata` and `tags` are the only objects: the parameter occurs once for each entry.
      ...(schema.type === "object"
        ? PAIRS
        : {
            schema: without.data === undefined ? schema : { ...schema, default: without.data },
          }),
    };
  });
}

/** A parameter that occurs once for each `name=value` pair. */
const PAIRS = {
  schema: {
    type: "array",
    items: { type: "string", pattern: "^[^=]+=" },
    maxItems: MAX_PAIRS,
  },
  style: "form",
  explode: true,
} as const;

function componentsOf(): Record<string, Schema> {
  const { schemas } = z.toJSONSchema(COMPONENTS, {
    io: "output",
    uri: (id) => `#/components/schemas/${id}`,
    override: ({ jsonSchema }) => {
      // A later version may add members.
      if (jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
    },
  });
  for (const id of RECORDS) describeMembers(schemas[id]?.properties ?? {});
  return Object.fromEntries(
    // Their place names them, and the document declares the JSON Schema dialect.
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
  if (id === undefined) throw new TypeError("the schema is not a component of the document");
  return { $ref: `#/components/schemas/${id}` };
}

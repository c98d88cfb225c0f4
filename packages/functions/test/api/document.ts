import { Ajv2020 } from "ajv/dist/2020.js";
import { expect } from "vitest";
import * as z from "zod/mini";

const Content = z.record(
  z.string(),
  z.object({ schema: z.object({ $ref: z.templateLiteral(["#/components/", z.string()]) }) }),
);
const DocumentedResponse = z.object({ $ref: z.optional(z.string()), content: z.optional(Content) });
const Document = z.looseObject({
  paths: z.record(
    z.string(),
    z.object({ get: z.object({ responses: z.record(z.string(), DocumentedResponse) }) }),
  ),
  components: z.looseObject({ responses: z.record(z.string(), DocumentedResponse) }),
});

/** Validates responses with the schemas of an OpenAPI document. */
export function documentOf(openApi: unknown) {
  const { paths, components } = Document.parse(openApi);
  // The document allows additional members, which a later version may have; these tests do not.
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  ajv.addSchema({ $id: "https://api.example/", components: closed(components) });

  return {
    /** Asserts that a response is as documented, without additional members. */
    expectDocumented: async (path: string, response: Response): Promise<void> => {
      const { responses } = paths[path]?.get ?? { responses: {} };
      const documented = responses[response.status] ?? responses["default"];
      const name = documented?.$ref?.replace("#/components/responses/", "");
      const { content = {} } = (name === undefined ? documented : components.responses[name]) ?? {};
      const type = response.headers.get("content-type") ?? "none";
      expect(Object.keys(content)).toContain(type);
      const $ref = `https://api.example/${content[type]?.schema.$ref ?? ""}`;
      const check = ajv.compile({ $ref });
      check(await response.json());
      expect(check.errors).toBeNull();
    },
  };
}

/** Returns the schema without additional members in objects. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== "object" || schema === null) return schema;
  const inside = Object.fromEntries(
    Object.entries(schema).map(([name, part]) => [name, closed(part)]),
  );
  return "properties" in schema ? { additionalProperties: false, ...inside } : inside;
}

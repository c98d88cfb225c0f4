import { Ajv2020 } from "ajv/dist/2020.js";
import { expect } from "vitest";
import * as z from "zod/mini";

const Content = z.record(
  z.string(),
  z.object({ schema: z.object({ $ref: z.templateLiteral(["#/components/", z.string()]) }) }),
);
const Answer = z.object({ $ref: z.optional(z.string()), content: z.optional(Content) });
const Document = z.looseObject({
  paths: z.record(
    z.string(),
    z.object({ get: z.object({ responses: z.record(z.string(), Answer) }) }),
  ),
  components: z.looseObject({ responses: z.record(z.string(), Answer) }),
});

/** Holds answers against what an OpenAPI document says of their path, by its own schemas. */
export function documentOf(openApi: unknown) {
  const { paths, components } = Document.parse(openApi);
  // Its servers may say more than it does, as a later version will; these may not.
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  ajv.addSchema({ $id: "https://api.example/", components: closed(components) });

  return {
    /** Expects an answer to be what the document says, and to have no member more. */
    expectAnswer: async (path: string, response: Response): Promise<void> => {
      const { responses } = paths[path]?.get ?? { responses: {} };
      const stated = responses[response.status] ?? responses["default"];
      const name = stated?.$ref?.replace("#/components/responses/", "");
      const { content = {} } = (name === undefined ? stated : components.responses[name]) ?? {};
      const type = response.headers.get("content-type") ?? "none";
      expect(Object.keys(content)).toContain(type);
      const $ref = `https://api.example/${content[type]?.schema.$ref ?? ""}`;
      const check = ajv.compile({ $ref });
      check(await response.json());
      expect(check.errors).toBeNull();
    },
  };
}

/** A schema whose objects have no members but those that it names. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== "object" || schema === null) return schema;
  const inside = Object.fromEntries(
    Object.entries(schema).map(([name, part]) => [name, closed(part)]),
  );
  return "properties" in schema ? { additionalProperties: false, ...inside } : inside;
}

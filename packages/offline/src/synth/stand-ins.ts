import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";

import type { Inputs, Value } from "./graph.ts";

/** Returns hexadecimal digits that are always the same for the same text. */
export const hexOf = (text: string, length: number): string =>
  createHash("sha256").update(text).digest("hex").slice(0, length);

/**
 * Invents the attributes that only AWS knows of a resource that offline does not run, such as the
 * endpoint of a database. Without a value, components of SST fail.
 */
export class StandIns {
  readonly #packages: string;
  readonly #types = new Map<string, ReadonlyMap<string, string>>();

  /** `platform` has Pulumi's packages, whose declarations have the attributes of each type. */
  constructor(platform: string) {
    this.#packages = path.join(platform, "node_modules", "@pulumi");
  }

  /**
   * Returns every attribute that a resource of this type always has. Text is `<name>-<attribute>`,
   * a number 0, a list empty. An attribute that is a structure has no stand-in.
   */
  of(type: string, name: string): Inputs {
    const attributes = this.#attributesOf(type);
    return Object.fromEntries(
      [...attributes].flatMap(([attribute, kind]): [string, Value][] => {
        const value = standIn(kind, `${name}-${attribute}`);
        return value === undefined ? [] : [[attribute, value]];
      }),
    );
  }

  /** Returns the types of the required attributes, by name. */
  #attributesOf(type: string): ReadonlyMap<string, string> {
    const known = this.#types.get(type);
    if (known) return known;
    const attributes = new Map<string, string>();
    // In the declarations of Pulumi, only a class has `readonly` members of the type `Output`.
    const pattern = /^ {4}readonly (\w+): pulumi\.Output<([^\n]*?)(?:>;)?$/gm;
    for (const [, attribute = "", kind = ""] of this.#declarationOf(type).matchAll(pattern)) {
      attributes.set(attribute, kind);
    }
    this.#types.set(type, attributes);
    return attributes;
  }

  /** Returns the declaration of a type such as `aws:rds/cluster:Cluster`, or an empty text. */
  #declarationOf(type: string): string {
    const [provider = "", unit = "", name = ""] = type.split(":");
    const parts = unit.split("/");
    const file = parts[1] ?? `${name.charAt(0).toLowerCase()}${name.slice(1)}`;
    const folder = parts[0] === "index" ? "" : (parts[0] ?? "");
    const declaration = path.join(this.#packages, provider, folder, `${file}.d.ts`);
    return fs.existsSync(declaration) ? fs.readFileSync(declaration, "utf8") : "";
  }
}

function standIn(kind: string, text: string): Value {
  switch (kind) {
    case "string":
      return text;
    case "number":
      return 0;
    case "boolean":
      return false;
    default:
      if (kind.endsWith("[]")) return [];
      return kind.startsWith("{") ? {} : undefined;
  }
}

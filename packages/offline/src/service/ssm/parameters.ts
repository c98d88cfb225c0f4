import * as z from "zod";

import { OperationError } from "../../edge/json-front.ts";
import type { Place } from "../../edge/requirement.ts";
import { JsonFile } from "../../ground/json-file.ts";

const Parameter = z.object({
  type: z.enum(["String", "StringList", "SecureString"]),
  value: z.string(),
  version: z.int(),
  modified: z.number(),
});
type Parameter = z.output<typeof Parameter>;

const ParametersFile = z.record(z.string(), Parameter);

const Name = z.object({ Name: z.string().min(1).max(1011) });
const Names = z.object({ Names: z.array(z.string()).min(1).max(10) });
const Put = Name.extend({
  Value: z.string(),
  Type: z.enum(["String", "StringList", "SecureString"]).default("String"),
  Overwrite: z.boolean().default(false),
});
const ByPath = z.object({
  Path: z.string(),
  Recursive: z.boolean().default(false),
  MaxResults: z.int().min(1).max(10).default(10),
  NextToken: z.string().optional(),
});

/** The parameters of Systems Manager, in one file. Offline, the stage's folder protects secrets. */
export class Parameters {
  readonly #file: JsonFile<typeof ParametersFile>;
  readonly #place: Place;
  readonly #clock: () => number;
  readonly #parameters: Map<string, Parameter>;

  /** `clock` returns milliseconds since the epoch. */
  constructor(file: string, place: Place, clock: () => number = Date.now) {
    this.#file = new JsonFile(file, ParametersFile);
    this.#place = place;
    this.#clock = clock;
    this.#parameters = new Map(Object.entries(this.#file.read() ?? {}));
  }

  /** Performs an operation that `ssmNeeds` knows. Throws `OperationError`. */
  perform(operation: string, input: unknown): object {
    switch (operation) {
      case "GetParameter": {
        const { Name: name } = parse(Name, input);
        return { Parameter: this.#described(name, this.#find(name)) };
      }
      case "GetParameters":
        return this.#getAll(parse(Names, input).Names);
      case "GetParametersByPath":
        return this.#byPath(parse(ByPath, input));
      case "PutParameter":
        return this.#put(parse(Put, input));
      case "DeleteParameter": {
        const { Name: name } = parse(Name, input);
        this.#find(name);
        this.#parameters.delete(name);
        this.#save();
        return {};
      }
      case "DeleteParameters": {
        const { Names: names } = parse(Names, input);
        const known = names.filter((name) => this.#parameters.delete(name));
        this.#save();
        const unknown = names.filter((name) => !known.includes(name));
        return { DeletedParameters: known, InvalidParameters: unknown };
      }
      default:
        throw new OperationError("InvalidAction", `offline does not support ${operation} of SSM.`);
    }
  }

  #getAll(names: readonly string[]): object {
    const known = names.filter((name) => this.#parameters.has(name));
    return {
      Parameters: known.map((name) => this.#described(name, this.#find(name))),
      InvalidParameters: names.filter((name) => !known.includes(name)),
    };
  }

  #byPath({ Path, Recursive, MaxResults, NextToken = "" }: z.output<typeof ByPath>): object {
    const folder = Path.endsWith("/") ? Path : `${Path}/`;
    const names = [...this.#parameters.keys()]
      .filter((name) => name.startsWith(folder) && name > NextToken)
      .filter((name) => Recursive || !name.slice(folder.length).includes("/"))
      .toSorted();
    const page = names.slice(0, MaxResults);
    return {
      Parameters: page.map((name) => this.#described(name, this.#find(name))),
      ...(names.length > page.length && { NextToken: page.at(-1) }),
    };
  }

  #put({ Name: name, Value, Type, Overwrite }: z.output<typeof Put>): object {
    const before = this.#parameters.get(name);
    if (before && !Overwrite) {
      throw new OperationError(
        "ParameterAlreadyExists",
        "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.",
      );
    }
    const version = (before?.version ?? 0) + 1;
    this.#parameters.set(name, { type: Type, value: Value, version, modified: this.#clock() });
    this.#save();
    return { Version: version, Tier: "Standard" };
  }

  #find(name: string): Parameter {
    const found = this.#parameters.get(name);
    if (found) return found;
    throw new OperationError("ParameterNotFound", `Parameter ${name} not found.`);
  }

  #described(name: string, { type, value, version, modified }: Parameter): object {
    const { region, accountId } = this.#place;
    return {
      Name: name,
      Type: type,
      Value: value,
      Version: version,
      LastModifiedDate: modified / 1000,
      ARN: `arn:aws:ssm:${region}:${accountId}:parameter/${name.replace(/^\//, "")}`,
      DataType: "text",
    };
  }

  #save(): void {
    this.#file.write(Object.fromEntries(this.#parameters));
  }
}

function parse<S extends z.ZodType>(schema: S, input: unknown): z.output<S> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw new OperationError("ValidationException", z.prettifyError(parsed.error));
}

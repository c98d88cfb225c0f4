import { parseQuery, QueryError } from "@waybill/core/catalog/query";

import { UsageError } from "./exit.ts";

/** The parameters whose name on the command line is not `--` and their own name. */
const NAMES: Readonly<Record<string, string>> = {
  key: "<key>",
  prefix: "[prefix]",
  nameLike: "--name",
  metadata: "--meta",
  tags: "--tag",
  minSize: "--min-size",
  maxSize: "--max-size",
  startAfter: "--start-after",
  startAfterTime: "--start-after-time",
};

/**
 * Parses arguments and options with the schema of a query, or of its one `parameter`. Throws a `UsageError` that
 * names the parameters as they are on the command line.
 */
export function parseInput<T>(
  schema: Parameters<typeof parseQuery<T>>[0],
  input: unknown,
  parameter = "",
): T {
  try {
    return parseQuery(schema, input);
  } catch (error) {
    if (!(error instanceof QueryError)) throw error;
    const messages = error.issues.map((issue) => {
      const [name = ""] = issue.parameter.split(".", 1);
      const message = issue.message.replaceAll(/`(\w+)`/g, (_, other: string) => nameOf(other));
      return `${nameOf(name || parameter)} ${message}`;
    });
    throw new UsageError(messages.join("; "), { cause: error });
  }
}

const nameOf = (parameter: string) => NAMES[parameter] ?? `--${parameter}`;

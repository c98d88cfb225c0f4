import { parseQuery, QueryError } from "@waybill/core/catalog/query";

import { UsageError } from "./exit.ts";

/** What people type for a parameter, where it is not `--` and its own name. */
const TYPED: Readonly<Record<string, string>> = {
  key: "<key>",
  prefix: "[prefix]",
  nameLike: "--name",
  metadata: "--meta",
  minSize: "--min-size",
  maxSize: "--max-size",
  startAfter: "--start-after",
  startAfterTime: "--start-after-time",
};

/**
 * Reads what was typed by a schema of queries, or by that of one `parameter`. Throws a `UsageError` in
 * the words of the command line.
 */
export function question<T>(
  schema: Parameters<typeof parseQuery<T>>[0],
  typed: unknown,
  parameter = "",
): T {
  try {
    return parseQuery(schema, typed);
  } catch (error) {
    if (!(error instanceof QueryError)) throw error;
    const complaints = error.issues.map((issue) => {
      const [name = ""] = issue.parameter.split(".", 1);
      const others = (_: string, other: string) => typedAs(other);
      return `${typedAs(name || parameter)} ${issue.message.replaceAll(/`(\w+)`/g, others)}`;
    });
    throw new UsageError(complaints.join("; "), { cause: error });
  }
}

const typedAs = (parameter: string) => TYPED[parameter] ?? `--${parameter}`;

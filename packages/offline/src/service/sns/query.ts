import { escapeXml, newRequestId } from "../../edge/error-response.ts";
import type { HttpResponse } from "../../edge/front.ts";
import type { Output, OutputObject } from "./operations.ts";

const NAMESPACE = "http://sns.amazonaws.com/doc/2010-03-31/";

type Node = string | Map<string, Node>;

/**
 * Parses a request in AWS's Query protocol: `Attributes.entry.1.key=…`. Lists have `member`, maps have
 * `entry` with `key` and `value`, or `Name` and `Value`.
 */
export function parseQuery(form: string): { operation: string; input: Record<string, unknown> } {
  const root = new Map<string, Node>();
  for (const [name, value] of new URLSearchParams(form)) insert(root, name.split("."), value);
  const { Action, Version: _, ...input } = valueOf(root) as Record<string, unknown>;
  return { operation: typeof Action === "string" ? Action : "Unknown", input };
}

function insert(node: Map<string, Node>, [name = "", ...rest]: string[], value: string): void {
  if (rest.length === 0) {
    node.set(name, value);
    return;
  }
  const inner = node.get(name);
  if (inner instanceof Map) insert(inner, rest, value);
  else {
    const created = new Map<string, Node>();
    node.set(name, created);
    insert(created, rest, value);
  }
}

function valueOf(node: Node): unknown {
  if (typeof node === "string") return node;
  const members = node.get("member");
  if (members instanceof Map) return listOf(members);
  const entries = node.get("entry");
  if (entries instanceof Map) {
    return Object.fromEntries(
      listOf(entries).map((entry) => {
        const { key, value, Name, Value } = entry as Record<string, unknown>;
        return [String(key ?? Name), value ?? Value];
      }),
    );
  }
  return Object.fromEntries([...node].map(([name, inner]) => [name, valueOf(inner)]));
}

const listOf = (node: Map<string, Node>): unknown[] =>
  [...node].toSorted(([a], [b]) => Number(a) - Number(b)).map(([, item]) => valueOf(item));

/** Returns the response to an operation in AWS's Query protocol. */
export function queryResponse(operation: string, output: OutputObject | undefined): HttpResponse {
  const requestId = newRequestId();
  const result = output === undefined ? "" : element(`${operation}Result`, output);
  return {
    status: 200,
    headers: { "content-type": "text/xml", "x-amzn-requestid": requestId },
    body: `<${operation}Response xmlns="${NAMESPACE}">${result}<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata></${operation}Response>`,
  };
}

const element = (name: string, value: Output): string => `<${name}>${contents(value)}</${name}>`;

function contents(value: Output): string {
  if (typeof value === "string") return escapeXml(value);
  if (Array.isArray(value)) return value.map((item: Output) => element("member", item)).join("");
  if (value instanceof Map) {
    return [...value]
      .map(([key, text]) => element("entry", { key: String(key), value: String(text) }))
      .join("");
  }
  return Object.entries(value as OutputObject)
    .map(([name, inner]) => (inner === undefined ? "" : element(name, inner)))
    .join("");
}

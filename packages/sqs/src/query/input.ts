import type { IncomingHttpHeaders } from "node:http";

import { malformed, missingParameter } from "../error.ts";

/** Members by name; `Entry.1.Id` is the member `Id` of the member `1` of the member `Entry`. */
interface Tree {
  value?: string;
  members: Map<string, Tree>;
}

/** `SendMessageBatchRequestEntry.1.MessageAttribute.1.Value.StringListValue.1` */
const MAX_DEPTH = 7;

const FORM = "application/x-www-form-urlencoded";

export function isQueryRequest(headers: IncomingHttpHeaders, rawUrl: string): boolean {
  return headers["content-type"]?.startsWith(FORM) === true || searchOf(rawUrl).has("Action");
}

/**
 * Parses a request of the AWS Query protocol into the input of the JSON protocol. The parameters
 * are in the query string, the body or both, and the path alone can name the queue.
 *
 * Throws `SqsError` `MissingParameter` if there is no action.
 */
export function parseQuery(
  rawUrl: string,
  body: Buffer,
): { operation: string; input: Record<string, unknown> } {
  const parameters = [...searchOf(rawUrl), ...new URLSearchParams(body.toString())];
  const root: Tree = { members: new Map() };
  for (const [name, value] of parameters) {
    // Parameters of the signature are not part of the input.
    if (!name.startsWith("X-Amz-")) nodeAt(root, name).value = value;
  }
  const operation = root.members.get("Action")?.value;
  if (operation === undefined || operation === "") throw missingParameter("Action");
  const input = readMembers(root, operation);
  const path = rawUrl.split("?")[0] ?? "/";
  if (input["QueueUrl"] === undefined && path.length > 1) {
    input["QueueUrl"] = path;
  }
  return { operation, input };
}

function searchOf(rawUrl: string): URLSearchParams {
  const at = rawUrl.indexOf("?");
  return new URLSearchParams(at < 0 ? "" : rawUrl.slice(at + 1));
}

function nodeAt(root: Tree, name: string): Tree {
  let node = root;
  const parts = name.split(".");
  if (parts.length > MAX_DEPTH)
    throw malformed(`The parameter ${name.slice(0, 80)} has too many levels.`);
  for (const part of parts) {
    let next = node.members.get(part);
    if (!next) {
      next = { members: new Map() };
      node.members.set(part, next);
    }
    node = next;
  }
  return node;
}

// The names of lists and maps in the Query protocol (`locationName` in the model), and their names
// in the JSON protocol.
const LISTS: Record<string, string> = {
  AttributeName: "AttributeNames",
  MessageAttributeName: "MessageAttributeNames",
  MessageSystemAttributeName: "MessageSystemAttributeNames",
  TagKey: "TagKeys",
  AWSAccountId: "AWSAccountIds",
  ActionName: "Actions",
};
const MAPS: Record<string, { member: string; key: string }> = {
  Attribute: { member: "Attributes", key: "Name" },
  Tag: { member: "Tags", key: "Key" },
  MessageAttribute: { member: "MessageAttributes", key: "Name" },
  MessageSystemAttribute: { member: "MessageSystemAttributes", key: "Name" },
};
const INTEGERS = new Set([
  "DelaySeconds",
  "MaxNumberOfMessages",
  "MaxNumberOfMessagesPerSecond",
  "MaxResults",
  "VisibilityTimeout",
  "WaitTimeSeconds",
]);

function readMembers(tree: Tree, operation: string): Record<string, unknown> {
  return Object.fromEntries(
    [...tree.members].flatMap(([name, node]): [string, unknown][] => {
      if (name === "Action" || name === "Version") return [];
      const list = own(LISTS, name);
      if (list !== undefined) return [[list, listed(node).map(({ value }) => value ?? "")]];
      const map = own(MAPS, name);
      if (map) {
        // The model writes only this member in lower case.
        const member = operation === "CreateQueue" && name === "Tag" ? "tags" : map.member;
        return [[member, readMap(node, map.key)]];
      }
      if (name === `${operation}RequestEntry`) {
        return [["Entries", listed(node).map((entry) => readMembers(entry, operation))]];
      }
      return [[name, readScalar(name, node.value ?? "")]];
    }),
  );
}

function readScalar(name: string, value: string): string | number {
  return INTEGERS.has(name) && /^-?\d{1,15}$/.test(value) ? Number(value) : value;
}

function readMap(node: Tree, key: string): Record<string, unknown> {
  return Object.fromEntries(
    listed(node).map(({ members }): [string, unknown] => {
      const value = members.get("Value");
      const structure = value && value.members.size > 0 ? readStructure(value) : value?.value;
      return [members.get(key)?.value ?? "", structure ?? ""];
    }),
  );
}

const readStructure = ({ members }: Tree) =>
  Object.fromEntries([...members].map(([name, { value }]) => [name, value ?? ""]));

/** `Name.1`, `Name.2`, … in order of their numbers; a single `Name` is a list of one. */
function listed(node: Tree): Tree[] {
  const numbered = [...node.members].filter(([name]) => /^\d{1,9}$/.test(name));
  if (numbered.length === 0) return node.value === "" ? [] : [node];
  return numbered.toSorted(([a], [b]) => Number(a) - Number(b)).map(([, item]) => item);
}

const own = <T>(record: Record<string, T>, name: string): T | undefined =>
  Object.hasOwn(record, name) ? record[name] : undefined;

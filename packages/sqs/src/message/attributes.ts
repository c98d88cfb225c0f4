import { createHash } from "node:crypto";

import { invalidParameter, malformed } from "../error.ts";
import { type Input, optionalText } from "../input.ts";
import { forbiddenCharacter } from "./body.ts";

/** One message attribute, checked. */
export interface MessageAttribute {
  dataType: string;
  /** As the JSON protocol carries it: text, or base64 where the type is Binary. */
  value: string;
  binary: boolean;
}

export type MessageAttributes = ReadonlyMap<string, MessageAttribute>;

const MAX_ATTRIBUTES = 10;
const PREFIXES = ["aws.", "amazon."];

/**
 * Checks what a producer sends, by "Message metadata for Amazon SQS" in the SQS developer guide.
 *
 * @param kind how SQS's messages call it: "user" or "system".
 * @throws SqsError `InvalidParameterValue`.
 */
export function parseMessageAttributes(
  given: ReadonlyMap<string, Input>,
  kind: "user" | "system",
): Map<string, MessageAttribute> {
  if (given.size > MAX_ATTRIBUTES) {
    throw invalidParameter(
      `Number of message attributes [${given.size}] exceeds the allowed maximum [${MAX_ATTRIBUTES}].`,
    );
  }
  return new Map(
    [...given].map(([name, input]) => {
      checkName(name, kind);
      return [name, parseAttribute(name, input, kind)];
    }),
  );
}

function checkName(name: string, kind: string): void {
  const refuse = (reason: string) =>
    invalidParameter(`Message (${kind}) attribute name '${name}' is invalid. Reason: ${reason}`);
  if (name === "" || name.length > 256) throw refuse("It must have 1 to 256 characters.");
  // SQS takes letters and digits of any script, although its reference says "alphanumeric".
  if (!/^[\p{L}\p{N}_.-]+$/u.test(name)) {
    throw refuse("It can have letters, digits, underscores, hyphens and periods.");
  }
  if (name.startsWith(".") || name.endsWith(".") || name.includes("..")) {
    throw refuse("It must not start or end with a period or have two in a row.");
  }
  if (PREFIXES.some((prefix) => name.toLowerCase().startsWith(prefix))) {
    throw refuse("It must not start with AWS. or Amazon.");
  }
}

function parseAttribute(name: string, input: Input, kind: string): MessageAttribute {
  const dataType = optionalText(input, "DataType");
  if (dataType === undefined || dataType === "") {
    throw invalidParameter(
      `The message attribute '${name}' must contain non-empty message attribute type.`,
    );
  }
  const [, base] = /^(String|Number|Binary)(\..+)?$/su.exec(dataType) ?? [];
  if (base === undefined || dataType.length > 256 || forbiddenCharacter(dataType) !== undefined) {
    throw invalidParameter(
      `The type of message (${kind}) attribute '${name}' is invalid. You must use only the following supported type prefixes: Binary, Number, String, with up to 256 characters.`,
    );
  }
  if (hasItems(input["StringListValues"]) || hasItems(input["BinaryListValues"])) {
    throw invalidParameter(
      `Message (${kind}) attribute '${name}' has list values in SQS, which are not supported.`,
    );
  }
  const binary = base === "Binary";
  const value = optionalText(input, binary ? "BinaryValue" : "StringValue");
  if (value === undefined || value === "") {
    throw invalidParameter(
      `Message (${kind}) attribute '${name}' must contain a non-empty value of type '${binary ? "Binary" : "String"}'.`,
    );
  }
  if (optionalText(input, binary ? "StringValue" : "BinaryValue") !== undefined) {
    throw invalidParameter(
      `Message (${kind}) attribute '${name}' must contain one value only: it has text and binary.`,
    );
  }
  if (binary) {
    if (!/^[A-Za-z0-9+/]+={0,2}$/.test(value)) {
      throw malformed(`The value of message attribute '${name}' is not base64.`);
    }
    return { dataType, value: Buffer.from(value, "base64").toString("base64"), binary };
  }
  const forbidden = forbiddenCharacter(value);
  if (forbidden !== undefined) {
    throw invalidParameter(
      `Invalid binary character '${forbidden}' was found in the message attribute '${name}'.`,
    );
  }
  if (base === "Number" && !isNumber(value)) {
    throw invalidParameter(
      `Can't cast the value of message (${kind}) attribute '${name}' to a number.`,
    );
  }
  return { dataType, value, binary };
}

const hasItems = (value: unknown) => Array.isArray(value) && value.length > 0;

// Up to 38 digits of precision, between -10^128 and 10^126.
function isNumber(value: string): boolean {
  const [, whole = "", fraction = ""] =
    /^[+-]?(\d*)(?:\.(\d*))?(?:[eE][+-]?\d{1,3})?$/.exec(value) ?? [];
  const digits = (whole + fraction).replace(/^0+/, "");
  const size = Math.abs(Number(value));
  return whole + fraction !== "" && digits.length <= 38 && size <= 1e128;
}

/** What the attributes count towards the size of their message: names, types and values. */
export function attributesSize(attributes: MessageAttributes): number {
  let size = 0;
  for (const [name, { dataType, value, binary }] of attributes) {
    size += Buffer.byteLength(name) + Buffer.byteLength(dataType);
    size += Buffer.byteLength(value, binary ? "base64" : "utf8");
  }
  return size;
}

/**
 * `MD5OfMessageAttributes`: what clients compute again to see that nothing was damaged ("Calculating the MD5 message
 * digest for message attributes" in the SQS developer guide).
 */
export function attributesMd5(attributes: MessageAttributes): string {
  const hash = createHash("md5");
  const field = (bytes: Buffer) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    hash.update(length).update(bytes);
  };
  for (const [name, { dataType, value, binary }] of sorted(attributes)) {
    field(Buffer.from(name));
    field(Buffer.from(dataType));
    hash.update(Buffer.of(binary ? 2 : 1));
    field(Buffer.from(value, binary ? "base64" : "utf8"));
  }
  return hash.digest("hex");
}

const sorted = (attributes: MessageAttributes) =>
  [...attributes].toSorted(([a], [b]) => (a < b ? -1 : 1));

/** As ReceiveMessage shows them. */
export function showAttributes(attributes: MessageAttributes): Record<string, unknown> {
  return Object.fromEntries(
    [...attributes].map(([name, { dataType, value, binary }]) => [
      name,
      { DataType: dataType, [binary ? "BinaryValue" : "StringValue"]: value },
    ]),
  );
}

/**
 * Which attributes a consumer asked for: by name, by prefix (`foo.*`), or all (`All`, `.*`).
 */
export function selectAttributes(
  attributes: MessageAttributes,
  wanted: readonly string[],
): MessageAttributes {
  if (wanted.includes("All") || wanted.includes(".*")) return attributes;
  const names = new Set(wanted);
  const prefixes = wanted.filter((name) => name.endsWith(".*")).map((name) => name.slice(0, -2));
  return new Map(
    [...attributes].filter(
      ([name]) => names.has(name) || prefixes.some((prefix) => name.startsWith(prefix)),
    ),
  );
}

/** The text of the attributes in the store. */
export function storeAttributes(attributes: MessageAttributes): string | undefined {
  return attributes.size === 0 ? undefined : JSON.stringify([...attributes]);
}

export function loadAttributes(text: string | undefined): MessageAttributes {
  if (text === undefined) return new Map();
  const entries: [string, MessageAttribute][] = JSON.parse(text);
  return new Map(entries);
}

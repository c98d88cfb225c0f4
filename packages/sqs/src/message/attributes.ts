import { createHash } from "node:crypto";

import { invalidParameter, malformed } from "../error.ts";
import { type Input, optionalText } from "../input.ts";
import { MAX_ATTRIBUTE_NAME_LENGTH, MAX_ATTRIBUTE_TYPE_LENGTH, MAX_ATTRIBUTES } from "../limits.ts";
import { forbiddenCharacter } from "./body.ts";

/** A valid message attribute. */
export interface MessageAttribute {
  dataType: string;
  /** As in the JSON protocol: text, or base64 if the type is Binary. */
  value: string;
  binary: boolean;
}

export type MessageAttributes = ReadonlyMap<string, MessageAttribute>;

const RESERVED_PREFIXES = ["aws.", "amazon."];

/**
 * Validates the attributes of a message, by "Message metadata for Amazon SQS" in the SQS developer
 * guide. `kind` is the word in the errors of SQS.
 *
 * Throws `SqsError` `InvalidParameterValue`.
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
  const invalid = (reason: string) =>
    invalidParameter(`Message (${kind}) attribute name '${name}' is invalid. Reason: ${reason}`);
  if (name === "" || name.length > MAX_ATTRIBUTE_NAME_LENGTH) {
    throw invalid(`It must have 1 to ${MAX_ATTRIBUTE_NAME_LENGTH} characters.`);
  }
  // SQS accepts letters and digits of any script, although its reference says "alphanumeric".
  if (!/^[\p{L}\p{N}_.-]+$/u.test(name)) {
    throw invalid("It can have letters, digits, underscores, hyphens and periods.");
  }
  if (name.startsWith(".") || name.endsWith(".") || name.includes("..")) {
    throw invalid("It must not start or end with a period or have two in a row.");
  }
  if (RESERVED_PREFIXES.some((prefix) => name.toLowerCase().startsWith(prefix))) {
    throw invalid("It must not start with AWS. or Amazon.");
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
  if (
    base === undefined ||
    dataType.length > MAX_ATTRIBUTE_TYPE_LENGTH ||
    forbiddenCharacter(dataType) !== undefined
  ) {
    throw invalidParameter(
      `The type of message (${kind}) attribute '${name}' is invalid. You must use only the following supported type prefixes: Binary, Number, String, with up to ${MAX_ATTRIBUTE_TYPE_LENGTH} characters.`,
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
      `Message (${kind}) attribute '${name}' must contain one value only, but has text and binary.`,
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

/** The part of the attributes in the size of a message: names, types and values. */
export function attributesSize(attributes: MessageAttributes): number {
  let size = 0;
  for (const [name, { dataType, value, binary }] of attributes) {
    size += Buffer.byteLength(name) + Buffer.byteLength(dataType);
    size += Buffer.byteLength(value, binary ? "base64" : "utf8");
  }
  return size;
}

/**
 * `MD5OfMessageAttributes`, by which clients detect damage ("Calculating the MD5 message digest for
 * message attributes" in the SQS developer guide).
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

/** The attributes in the output of ReceiveMessage. */
export function attributesOutput(attributes: MessageAttributes): Record<string, unknown> {
  return Object.fromEntries(
    [...attributes].map(([name, { dataType, value, binary }]) => [
      name,
      { DataType: dataType, [binary ? "BinaryValue" : "StringValue"]: value },
    ]),
  );
}

/**
 * Returns the attributes that a consumer selected: by name, by prefix (`foo.*`), or all (`All`,
 * `.*`).
 */
export function selectAttributes(
  attributes: MessageAttributes,
  selection: readonly string[],
): MessageAttributes {
  if (selection.includes("All") || selection.includes(".*")) return attributes;
  const names = new Set(selection);
  const prefixes = selection.filter((name) => name.endsWith(".*")).map((name) => name.slice(0, -2));
  return new Map(
    [...attributes].filter(
      ([name]) => names.has(name) || prefixes.some((prefix) => name.startsWith(prefix)),
    ),
  );
}

/** The attributes as text for the store; `undefined` for none. */
export function serializeAttributes(attributes: MessageAttributes): string | undefined {
  return attributes.size === 0 ? undefined : JSON.stringify([...attributes]);
}

export function parseStoredAttributes(text: string | undefined): MessageAttributes {
  if (text === undefined) return new Map();
  const entries: [string, MessageAttribute][] = JSON.parse(text);
  return new Map(entries);
}

import { percentDecode } from "../encoding.ts";
import { invalidArgument, S3Error } from "../error.ts";
import {
  MAX_BUCKET_TAGS,
  MAX_OBJECT_TAGS,
  MAX_TAG_KEY_LENGTH,
  MAX_TAG_VALUE_LENGTH,
} from "../limits.ts";
import { child, children, childText, parseRoot, type XmlChild } from "../xml.ts";
import type { Tags } from "./version.ts";

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/tagging-best-practices.html */
const ALLOWED = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

/** Reads an `x-amz-tagging` header: `key=value&key=value`, form-encoded. */
export function readTaggingHeader(header: string | undefined): Tags | undefined {
  if (header === undefined || header === "") return undefined;
  const pairs = header
    .split("&")
    .filter((pair) => pair !== "")
    .map((pair): [string, string] => {
      const equals = pair.indexOf("=");
      const key = equals === -1 ? pair : pair.slice(0, equals);
      const value = equals === -1 ? "" : pair.slice(equals + 1);
      return [decodeForm(key, header), decodeForm(value, header)];
    });
  const keys = new Set(pairs.map(([key]) => key));
  if (keys.size < pairs.length) throw badHeader(header);
  return validTags(pairs, "Object");
}

/** "=" and "," are delimiters in the header, so a tag must have them encoded. */
function decodeForm(text: string, header: string): string {
  const decoded = /[=,]/.test(text) ? undefined : percentDecode(text.replaceAll("+", " "));
  if (decoded !== undefined) return decoded;
  throw badHeader(header);
}

function badHeader(header: string): S3Error {
  return invalidArgument(
    "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.",
    "x-amz-tagging",
    header,
  );
}

/** Reads a `Tagging` document. */
export function readTaggingDocument(text: string, owner: "Object" | "Bucket"): Tags {
  const root = parseRoot(text, "Tagging");
  const set = child(root, "TagSet");
  const pairs = (set ? children(set, "Tag") : []).map((tag): [string, string] => {
    const key = childText(tag, "Key");
    const value = childText(tag, "Value");
    if (key === undefined || value === undefined) throw new S3Error("MalformedXML");
    return [key, value];
  });
  return validTags(pairs, owner);
}

function validTags(pairs: [string, string][], owner: "Object" | "Bucket"): Tags {
  const most = owner === "Object" ? MAX_OBJECT_TAGS : MAX_BUCKET_TAGS;
  if (pairs.length > most) {
    throw new S3Error("BadRequest", { message: `${owner} tags cannot be greater than ${most}` });
  }
  const seen = new Set<string>();
  for (const [key, value] of pairs) {
    if (key === "" || Array.from(key).length > MAX_TAG_KEY_LENGTH || !ALLOWED.test(key)) {
      throw invalidTag("The TagKey you have provided is invalid", { TagKey: key });
    }
    if (Array.from(value).length > MAX_TAG_VALUE_LENGTH || !ALLOWED.test(value)) {
      const details = { TagKey: key, TagValue: value };
      throw invalidTag("The TagValue you have provided is invalid", details);
    }
    if (key.startsWith("aws:")) throw invalidTag(RESERVED[owner], { TagKey: key });
    if (seen.has(key)) {
      throw invalidTag("Cannot provide multiple Tags with the same key", { TagKey: key });
    }
    seen.add(key);
  }
  return Object.fromEntries(pairs);
}

const RESERVED = {
  Object: "Your TagKey cannot be prefixed with aws:",
  Bucket: "System tags cannot be added/updated by requester",
} as const;

function invalidTag(message: string, details: Record<string, string>): S3Error {
  return new S3Error("InvalidTag", { message, details });
}

export function taggingDocument(tags: Tags | undefined): XmlChild[] {
  const set = Object.entries(tags ?? {}).map(([Key, Value]): XmlChild => [
    "Tag",
    [
      ["Key", Key],
      ["Value", Value],
    ],
  ]);
  return [["TagSet", set]];
}

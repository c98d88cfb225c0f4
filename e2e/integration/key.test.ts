import { DeleteObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { expect, test } from "vitest";

import { bucket, recordOf, s3, unique } from "./support.ts";

const prefix = unique("");

const KEYS = {
  "with spaces": `${prefix}a b  c`,
  "with a plus": `${prefix}1+1=2`,
  "with an encoded slash": `${prefix}a%2Fb`,
  "with percent signs": `${prefix}100%25 %zz %`,
  "in unicode": `${prefix}日本語/ünï/🚀`,
  "with empty segments": `${prefix}a//b///c`,
  "with a leading slash": `/${prefix}leading`,
  "with a trailing slash": `${prefix}folder/`,
  "with dots for segments": `${prefix}a/../b/./c`,
  "with a newline and a tab": `${prefix}line\nbreak\ttab`,
  "with characters of XML, HTML and shells": `${prefix}<&>"'\`$(x);|*?#[]{}~^`,
  "of 1,024 bytes": prefix + "é".repeat((1024 - prefix.length) / 2),
};

test.each(Object.entries(KEYS))("records a key %s verbatim", async (_, key) => {
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: "x" }));
  await recordOf(key, { key, state: "present", size: 1 });

  await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
  await recordOf(key, { key, state: "deleted" });
});

test("the longest of these keys has 1,024 bytes, the limit of S3", () => {
  expect(Buffer.byteLength(KEYS["of 1,024 bytes"])).toBe(1024);
});

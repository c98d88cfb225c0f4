import * as fc from "fast-check";

import type { FileFacts } from "./catalog.ts";

/** Characters that are often sorted wrongly, including a surrogate pair and a character after the surrogates in UTF-16. */
const ATOMS = ["a", "A", "b", "B", "-", ".", "0", "~", " ", "é", "\uffff", "\u{1f680}", "/", "//"];

/** Ends of keys: some are prefixes of each other, have empty segments, or start or end with the delimiter. */
export const keyEnd = fc
  .array(fc.constantFrom(...ATOMS), { minLength: 1, maxLength: 5 })
  .map((atoms) => atoms.join(""));

/** Prefixes of these ends, often empty. */
export const prefixEnd = fc.oneof(fc.constant(""), fc.constantFrom(...ATOMS), keyEnd);

/** Different ends of keys with one prefix. */
export const keyEnds = fc.uniqueArray(keyEnd, { maxLength: 24, size: "max" });

/** Files with few sizes, types, times and metadata, so that conditions match some of them. */
export const filesOf = (times: readonly string[]): fc.Arbitrary<FileFacts[]> =>
  fc.uniqueArray(
    fc.record<FileFacts>({
      key: keyEnd,
      state: fc.constantFrom("present", "present", "present", "unreadable", "deleted"),
      size: fc.integer({ min: 0, max: 4 }),
      contentType: fc.constantFrom("image/png", "Image/JPEG", "text/html; charset=utf-8", "x"),
      lastModified: fc.constantFrom(...times),
      arrivedAt: fc.constantFrom(...times),
      isFormer: fc.boolean(),
      who: fc.constantFrom(
        {},
        { principal: "AWS:AROAEXAMPLE:ann", sourceIp: "192.0.2.7", requestId: "EXAMPLE1" },
        { principal: "AWS:AROAEXAMPLE:ann:bob", sourceIp: "2001:db8::7" },
        { principal: "s3.amazonaws.com", sourceIp: "s3.amazonaws.com" },
      ),
      metadata: fc.constantFrom(
        {},
        { owner: "ann" },
        { owner: "bob", team: "x" },
        { owner: "ANN" },
      ),
    }),
    { maxLength: 30, size: "max", selector: ({ key }) => key },
  );

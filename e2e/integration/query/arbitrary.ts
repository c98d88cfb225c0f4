import * as fc from "fast-check";

import type { FileFacts } from "./catalog.ts";

/** What sorts badly: cases, digits, spaces, the delimiter, a surrogate pair beside what follows surrogates in UTF-16. */
const ATOMS = ["a", "A", "b", "B", "-", ".", "0", "~", " ", "é", "\uffff", "\u{1f680}", "/", "//"];

/** Ends of keys that are prefixes of each other, have empty segments, or begin or end with the delimiter. */
export const keyEnd = fc
  .array(fc.constantFrom(...ATOMS), { minLength: 1, maxLength: 5 })
  .map((atoms) => atoms.join(""));

/** What many of them begin with; mostly nothing. */
export const prefixEnd = fc.oneof(fc.constant(""), fc.constantFrom(...ATOMS), keyEnd);

/** Different ones, to stand behind one prefix. */
export const keyEnds = fc.uniqueArray(keyEnd, { maxLength: 24, size: "max" });

/** Files of few sizes, types, times and metadata, so that conditions fit some of them. */
export const filesOf = (times: readonly string[]): fc.Arbitrary<FileFacts[]> =>
  fc.uniqueArray(
    fc.record<FileFacts>({
      key: keyEnd,
      state: fc.constantFrom("present", "present", "present", "unreadable", "deleted"),
      size: fc.integer({ min: 0, max: 4 }),
      contentType: fc.constantFrom("image/png", "Image/JPEG", "text/html; charset=utf-8", "x"),
      lastModified: fc.constantFrom(...times),
      metadata: fc.constantFrom({}, { owner: "ann" }, { owner: "bob", of: "x" }, { owner: "ANN" }),
    }),
    { maxLength: 30, size: "max", selector: ({ key }) => key },
  );

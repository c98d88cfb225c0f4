import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { S3Error } from "../src/error.ts";
import { child, children, parseXml, xmlDocument } from "../src/xml.ts";

function textOf(source: string): string {
  return parseXml(source).text;
}

describe("the XML parser", () => {
  test.each([
    ["&#34;a&quot;&#x41;&amp;amp;", '"a"A&amp;'],
    [" a  b ", " a  b "],
    ["&#10;&#13;&#1;&#0;&#x1F600;", "\n\r\u0001\u0000😀"],
    ["<![CDATA[<x>&amp;]]>", "<x>&amp;"],
    ["a\r\nb\rc", "a\nb\nc"],
    ["a<!-- c -->b<?pi x?>c", "abc"],
    ["&lt;a&gt;&#38;lt;&apos;", "<a>&lt;'"],
    ["\u0001", "\u0001"],
  ])("reads %j as %j", (source, expected) => {
    expect(textOf(`<K>${source}</K>`)).toBe(expected);
  });

  test.each([
    ["nothing", ""],
    ["text", "garbage"],
    ["an unclosed element", "<A><K>1</A>"],
    ["an element that never ends", "<A><K>1</K>"],
    ["a second root", "<A></A><B></B>"],
    ["a document type", '<!DOCTYPE a [<!ENTITY x "y">]><A>&x;</A>'],
    ["an unknown entity", "<A>&copy;</A>"],
    ["a bare ampersand", "<A>a & b</A>"],
    ["a surrogate", "<A>&#xD800;</A>"],
    ["a character above U+10FFFF", "<A>&#x110000;</A>"],
    ["an unquoted attribute", "<A b=c></A>"],
    ["an attribute without a space before it", '<A b="c"d="e"></A>'],
    ["text after the root", "<A></A>x"],
    ["an unended comment", "<A><!-- </A>"],
    ["an entity named like a property of objects", "<A>&constructor;</A>"],
    ["too many nested elements", "<a>".repeat(50) + "</a>".repeat(50)],
  ])("rejects %s", (_, source) => {
    expect(() => parseXml(source)).toThrow(S3Error);
  });

  test("ignores namespaces, declarations and a byte order mark", () => {
    const root = parseXml(
      '\ufeff<?xml version="1.0"?>\n<n:A xmlns:n="u"><n:K a="1"/><K>2</K></n:A>\n',
    );

    expect(root.name).toBe("A");
    expect(children(root, "K").map(({ text }) => text)).toEqual(["", "2"]);
  });

  test("rejects a second element where one is allowed", () => {
    expect(() => child(parseXml("<A><K/><K/></A>"), "K")).toThrow(S3Error);
  });
});

test("reads any text as it was written, including control characters", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const document = xmlDocument("R", [["K", text]]);

      expect(child(parseXml(document), "K")?.text).toBe(text);
    }),
  );
});

test("fails only with MalformedXML, for any input", () => {
  const tokens = '<|>|</|/>|a|b| |"|=|&|;|#1|amp|<!--|-->|<![CDATA[|]]>|<?|?>|<a>|</a>'.split("|");
  const failureOf = (source: string): unknown => {
    try {
      parseXml(source);
      return undefined;
    } catch (error) {
      return error instanceof S3Error ? undefined : error;
    }
  };
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...tokens)), (pieces) => {
      expect(failureOf(pieces.join(""))).toBeUndefined();
    }),
    { numRuns: 2000 },
  );
});

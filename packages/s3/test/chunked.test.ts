import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AwsChunkedDecoder } from "../src/body/chunked.ts";
import { S3Error } from "../src/error.ts";

function decode(wire: Buffer, cuts: readonly number[] = [], signed = false) {
  const decoder = new AwsChunkedDecoder(signed);
  const pieces: Buffer[] = [];
  const bounds = [
    0,
    ...cuts.map((cut) => cut % (wire.length + 1)).toSorted((a, b) => a - b),
    wire.length,
  ];
  for (const [index, bound] of bounds.slice(1).entries()) {
    decoder.push(wire.subarray(bounds[index], bound), (piece) => pieces.push(Buffer.from(piece)));
  }
  return { content: Buffer.concat(pieces), trailers: decoder.end() };
}

function encode(chunks: readonly Uint8Array[], trailers = "", extension = ""): Buffer {
  const framed = [...chunks, new Uint8Array()].flatMap((chunk) => [
    Buffer.from(`${chunk.length.toString(16)}${extension}\r\n`),
    chunk,
    Buffer.from(chunk.length > 0 ? "\r\n" : trailers),
  ]);
  return Buffer.concat([...framed, Buffer.from("\r\n")]);
}

describe("the aws-chunked decoder", () => {
  test("decodes any content, however the network splits it", () => {
    const chunks = fc.array(fc.uint8Array({ minLength: 1, maxLength: 50 }), { maxLength: 8 });
    fc.assert(
      fc.property(chunks, fc.array(fc.nat(), { maxLength: 20 }), (contents, cuts) => {
        const wire = encode(contents, "x-amz-checksum-crc32:AAAAAA==\r\n", ";chunk-signature=ab");
        const { content, trailers } = decode(wire, cuts);

        expect(content).toEqual(Buffer.concat(contents));
        expect(trailers.get("x-amz-checksum-crc32")).toBe("AAAAAA==");
      }),
    );
  });

  test("accepts a body without the empty line after the trailers", () => {
    expect(decode(Buffer.from("3\r\nabc\r\n0\r\n")).content.toString()).toBe("abc");
  });

  test.each([
    ["ends too early", "3\r\nab"],
    ["ends before its last chunk", "3\r\nabc\r\n"],
    ["has a chunk longer than it says", "3\r\nabcd\r\n0\r\n\r\n"],
    ["has an invalid size", "x\r\nabc\r\n0\r\n\r\n"],
    ["has a negative size", "-3\r\nabc\r\n0\r\n\r\n"],
    ["continues after its end", "0\r\n\r\nmore"],
    ["has lines that end in LF only", "3\nabc\n0\n\n"],
    ["has a trailer without a name", "0\r\n:x\r\n\r\n"],
    ["ends within its trailers", "0\r\nx-amz-che"],
    ["has an endless chunk header", `3;${"x".repeat(20_000)}`],
  ])("rejects a body that %s", (_, wire) => {
    expect(() => decode(Buffer.from(wire))).toThrow(S3Error);
  });

  test("rejects a signed chunk below 8 KiB that is not the last", () => {
    const small = Buffer.alloc(100);
    const large = Buffer.alloc(8192);

    expect(decode(encode([large, small]), [], true).content).toHaveLength(8292);
    expect(() => decode(encode([small, large]), [], true)).toThrow(/8192 bytes/);
    expect(decode(encode([small, large]), [], false).content).toHaveLength(8292);
  });
});

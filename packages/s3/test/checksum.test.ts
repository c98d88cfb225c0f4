import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  CHECKSUM_ALGORITHMS,
  compositeChecksum,
  createHasher,
  fullObjectChecksum,
  type ChecksumAlgorithm,
} from "../src/body/checksum.ts";

function checksum(algorithm: ChecksumAlgorithm, ...chunks: Uint8Array[]): Buffer {
  const hasher = createHasher(algorithm);
  for (const chunk of chunks) hasher.update(chunk);
  return hasher.digest();
}

/** Computes a CRC by its definition, bit by bit. */
function bitwise(polynomial: bigint, bits: number, bytes: Uint8Array): string {
  const ones = (1n << BigInt(bits)) - 1n;
  let value = ones;
  for (const byte of bytes) {
    value ^= BigInt(byte);
    for (let bit = 0; bit < 8; bit++) value = value & 1n ? (value >> 1n) ^ polynomial : value >> 1n;
  }
  return (value ^ ones).toString(16).padStart(bits / 4, "0");
}

describe("checksums", () => {
  // The check values of https://reveng.sourceforge.io/crc-catalogue/
  test.each([
    ["CRC32", "cbf43926"],
    ["CRC32C", "e3069283"],
    ["CRC64NVME", "ae8b14860a799888"],
  ] as const)("%s of 123456789 is %s", (algorithm, expected) => {
    expect(checksum(algorithm, Buffer.from("123456789")).toString("hex")).toBe(expected);
  });

  test("follow their definitions for every length", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 70 }), (bytes) => {
        const c = (algorithm: ChecksumAlgorithm): string =>
          checksum(algorithm, bytes).toString("hex");

        expect(c("CRC32")).toBe(crc32(bytes).toString(16).padStart(8, "0"));
        expect(c("CRC32C")).toBe(bitwise(0x82f63b78n, 32, bytes));
        expect(c("CRC64NVME")).toBe(bitwise(0x9a6c9329ac4bc9b5n, 64, bytes));
        expect(c("SHA256")).toBe(createHash("sha256").update(bytes).digest("hex"));
      }),
    );
  });

  test.each(CHECKSUM_ALGORITHMS)("%s does not depend on the chunks", (algorithm) => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 6 }), (chunks) => {
        expect(checksum(algorithm, ...chunks)).toEqual(checksum(algorithm, Buffer.concat(chunks)));
      }),
    );
  });

  test.each(["CRC32", "CRC32C", "CRC64NVME"] as const)("combines the %s of parts", (algorithm) => {
    const parts = fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(parts, (contents) => {
        const described = contents.map((content) => ({
          size: content.length,
          checksum: { algorithm, value: checksum(algorithm, content).toString("base64") },
        }));
        const whole = checksum(algorithm, Buffer.concat(contents)).toString("base64");

        expect(fullObjectChecksum(algorithm, described).value).toBe(whole);
      }),
      { numRuns: 50 },
    );
  });

  test("hashes the digests of the parts and counts them in a composite checksum", () => {
    const parts = ["a", "b"].map((content) => checksum("SHA256", Buffer.from(content)));
    const expected = createHash("sha256").update(Buffer.concat(parts)).digest("base64");
    const values = parts.map((part) => ({
      algorithm: "SHA256" as const,
      value: part.toString("base64"),
    }));

    expect(compositeChecksum("SHA256", values).value).toBe(`${expected}-2`);
  });

  test("rejects combining a hash", () => {
    expect(() => fullObjectChecksum("SHA1", [])).toThrow(TypeError);
  });
});

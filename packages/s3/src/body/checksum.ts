import { createHash } from "node:crypto";
import {
  combineCrc,
  CRC32,
  CRC32C,
  CRC64NVME,
  createCrc32,
  createCrc32c,
  createCrc64nvme,
  type CrcKind,
} from "./crc.ts";

/** A running checksum. */
export interface Hasher {
  update(chunk: Uint8Array): void;
  digest(): Buffer;
}

interface Algorithm {
  readonly create: () => Hasher;
  readonly bytes: number;
  /** Set if the checksum of an object can be computed from those of its parts. */
  readonly crc?: CrcKind;
}

function hash(name: string): () => Hasher {
  return () => createHash(name);
}

const ALGORITHMS = {
  CRC32: { create: createCrc32, bytes: 4, crc: CRC32 },
  CRC32C: { create: createCrc32c, bytes: 4, crc: CRC32C },
  CRC64NVME: { create: createCrc64nvme, bytes: 8, crc: CRC64NVME },
  SHA1: { create: hash("sha1"), bytes: 20 },
  SHA256: { create: hash("sha256"), bytes: 32 },
  SHA512: { create: hash("sha512"), bytes: 64 },
  MD5: { create: hash("md5"), bytes: 16 },
} as const satisfies Record<string, Algorithm>;

export type ChecksumAlgorithm = keyof typeof ALGORITHMS;

export const CHECKSUM_ALGORITHMS: readonly ChecksumAlgorithm[] = [
  "CRC32",
  "CRC32C",
  "CRC64NVME",
  "SHA1",
  "SHA256",
  "SHA512",
  "MD5",
];

export interface Checksum {
  readonly algorithm: ChecksumAlgorithm;
  /** Base64. A composite checksum ends in "-" and the number of parts. */
  readonly value: string;
}

export function checksumAlgorithm(name: string): ChecksumAlgorithm | undefined {
  return CHECKSUM_ALGORITHMS.find((algorithm) => algorithm === name.toUpperCase());
}

export function createHasher(algorithm: ChecksumAlgorithm): Hasher {
  return ALGORITHMS[algorithm].create();
}

export function checksumBytes(algorithm: ChecksumAlgorithm): number {
  return ALGORITHMS[algorithm].bytes;
}

export function checksumHeader(algorithm: ChecksumAlgorithm): string {
  return `x-amz-checksum-${algorithm.toLowerCase()}`;
}

/** Returns the name of the checksum's element in XML documents. */
export function checksumElement(algorithm: ChecksumAlgorithm): string {
  return `Checksum${algorithm}`;
}

export function canBeFullObject(algorithm: ChecksumAlgorithm): boolean {
  return "crc" in ALGORITHMS[algorithm];
}

/** Returns the checksum of the concatenated digests of the parts. */
export function compositeChecksum(
  algorithm: ChecksumAlgorithm,
  parts: readonly Checksum[],
): Checksum {
  const hasher = createHasher(algorithm);
  for (const part of parts) hasher.update(Buffer.from(part.value, "base64"));
  return { algorithm, value: `${hasher.digest().toString("base64")}-${parts.length}` };
}

/** Computes the CRC of an object from the CRCs of its parts, without reading the object. */
export function fullObjectChecksum(
  algorithm: ChecksumAlgorithm,
  parts: readonly { readonly checksum: Checksum; readonly size: number }[],
): Checksum {
  const entry: Algorithm = ALGORITHMS[algorithm];
  const kind = entry.crc;
  if (!kind) throw new TypeError(`${algorithm} cannot be combined from parts.`);
  let whole: Buffer = Buffer.alloc(entry.bytes);
  for (const { checksum, size } of parts) {
    whole = combineCrc(kind, whole, Buffer.from(checksum.value, "base64"), size);
  }
  return { algorithm, value: whole.toString("base64") };
}

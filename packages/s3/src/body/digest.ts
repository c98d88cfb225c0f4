import { createHash, type Hash } from "node:crypto";
import { decodeBase64 } from "../encoding.ts";
import { notImplemented, S3Error } from "../error.ts";
import type { S3Request } from "../request.ts";
import {
  CHECKSUM_ALGORITHMS,
  checksumAlgorithm,
  checksumBytes,
  checksumHeader,
  createHasher,
  type Checksum,
  type ChecksumAlgorithm,
  type Hasher,
} from "./checksum.ts";

/** What the `x-amz-checksum-*` headers of a request describe. */
export type ChecksumScope = "of the body" | "of the object";

/** The digests that a client sends with a body. */
export interface ExpectedDigests {
  readonly md5: Buffer | undefined;
  /** In hex, of the body that the client signed. */
  readonly sha256: string | undefined;
  readonly checksum: { readonly algorithm: ChecksumAlgorithm; readonly value?: string } | undefined;
}

/** The checksum that S3 adds if the client sends none. */
export const DEFAULT_CHECKSUM: ChecksumAlgorithm = "CRC64NVME";

const SHA256 = /^[0-9a-f]{64}$/;
const IGNORED = new Set(["x-amz-checksum-algorithm", "x-amz-checksum-type", "x-amz-checksum-mode"]);

/**
 * Reads the digests from the headers. Throws `InvalidDigest` or `InvalidRequest` for a malformed
 * one. With "of the object", the checksum headers describe an object and not this body, so they are
 * ignored.
 */
export function readExpectedDigests(
  request: S3Request,
  checksums: ChecksumScope = "of the body",
): ExpectedDigests {
  const sha256 = request.header("x-amz-content-sha256");
  return {
    md5: readMd5(request.header("content-md5")),
    sha256: sha256 !== undefined && SHA256.test(sha256) ? sha256 : undefined,
    checksum: checksums === "of the body" ? readChecksum(request) : undefined,
  };
}

function readMd5(header: string | undefined): Buffer | undefined {
  if (header === undefined) return undefined;
  const md5 = decodeBase64(header);
  if (md5?.length === 16) return md5;
  throw new S3Error("InvalidDigest", {
    message: "The Content-MD5 you specified was invalid.",
    details: { "Content-MD5": header },
  });
}

function readChecksum(request: S3Request): ExpectedDigests["checksum"] {
  const requested = request.header("x-amz-sdk-checksum-algorithm");
  const trailer = request.header("x-amz-trailer");
  const names = request.headerNames("x-amz-checksum-").filter((name) => !IGNORED.has(name));
  if (trailer !== undefined) names.push(trailer.trim().toLowerCase());
  const [name] = names;
  if (name === undefined) {
    if (requested === undefined) return undefined;
    throw new S3Error("InvalidRequest", {
      message:
        "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.",
    });
  }
  if (names.length > 1) {
    throw new S3Error("InvalidRequest", {
      message:
        "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.",
    });
  }
  const algorithm = algorithmOf(name.slice("x-amz-checksum-".length));
  if (checksumHeader(algorithm) !== name) throw unknownTrailer(name);
  if (requested !== undefined && algorithmOf(requested) !== algorithm) {
    throw new S3Error("InvalidRequest", {
      message: "Value for x-amz-sdk-checksum-algorithm header is invalid.",
    });
  }
  const value = request.header(name);
  return value === undefined
    ? { algorithm }
    : { algorithm, value: validChecksum(algorithm, value, name) };
}

function unknownTrailer(name: string): S3Error {
  return new S3Error("InvalidRequest", {
    message: "The value specified in the x-amz-trailer header is not supported",
    details: { Trailer: name },
  });
}

/**
 * Returns the algorithm of that name. Throws `NotImplemented` for an algorithm that only AWS
 * supports.
 */
export function algorithmOf(name: string): ChecksumAlgorithm {
  const algorithm = checksumAlgorithm(name);
  if (algorithm) return algorithm;
  if (name.toUpperCase().startsWith("XXHASH")) throw notImplemented(`The checksum ${name}`);
  throw new S3Error("InvalidRequest", {
    message: `Checksum algorithm provided is unsupported. Please try again with any of the valid types: [${CHECKSUM_ALGORITHMS.join(", ")}]`,
  });
}

export function validChecksum(algorithm: ChecksumAlgorithm, value: string, name: string): string {
  if (decodeBase64(value)?.length === checksumBytes(algorithm)) return value;
  throw new S3Error("InvalidRequest", { message: `Value for ${name} header is invalid.` });
}

/** The computed digests of a body. */
export interface Digests {
  /** In hex. */
  readonly md5: string;
  readonly checksum: Checksum;
  /** The checksum that the client sent. Its algorithm can differ from that of the stored one. */
  readonly sent: Checksum | undefined;
}

/** Computes all digests of a body in one pass, and compares them with the expected ones. */
export class Digester {
  readonly #expected: ExpectedDigests;
  readonly #algorithm: ChecksumAlgorithm;
  readonly #md5: Hash;
  readonly #sha256: Hash | undefined;
  readonly #checksum: Hasher;
  /** For a checksum that is verified and not stored. */
  readonly #checked: Hasher | undefined;

  constructor(expected: ExpectedDigests, algorithm: ChecksumAlgorithm) {
    this.#expected = expected;
    this.#algorithm = algorithm;
    this.#md5 = createHash("md5");
    this.#sha256 = expected.sha256 === undefined ? undefined : createHash("sha256");
    this.#checksum = createHasher(algorithm);
    const sent = expected.checksum?.algorithm;
    this.#checked = sent === undefined || sent === algorithm ? undefined : createHasher(sent);
  }

  update(chunk: Uint8Array): void {
    this.#md5.update(chunk);
    this.#sha256?.update(chunk);
    this.#checksum.update(chunk);
    this.#checked?.update(chunk);
  }

  /**
   * Throws `BadDigest` or `XAmzContentSHA256Mismatch` if a digest differs from the expected one.
   */
  finish(trailers: ReadonlyMap<string, string>): Digests {
    const md5 = this.#md5.digest();
    const value = this.#checksum.digest().toString("base64");
    this.#checkSha256();
    const { md5: expectedMd5, checksum } = this.#expected;
    if (expectedMd5 && !md5.equals(expectedMd5)) {
      throw new S3Error("BadDigest", {
        message: "The Content-MD5 you specified did not match what we received.",
        details: {
          ExpectedDigest: expectedMd5.toString("base64"),
          CalculatedDigest: md5.toString("base64"),
        },
      });
    }
    const sent = this.#checked?.digest().toString("base64") ?? value;
    if (checksum) this.#checkChecksum(checksum, trailers, sent);
    return {
      md5: md5.toString("hex"),
      checksum: { algorithm: this.#algorithm, value },
      sent: checksum && { algorithm: checksum.algorithm, value: sent },
    };
  }

  #checkSha256(): void {
    const sha256 = this.#sha256?.digest("hex");
    if (sha256 === undefined || sha256 === this.#expected.sha256) return;
    throw new S3Error("XAmzContentSHA256Mismatch", {
      details: {
        ClientComputedContentSHA256: this.#expected.sha256 ?? "",
        S3ComputedContentSHA256: sha256,
      },
    });
  }

  #checkChecksum(
    { algorithm, value }: NonNullable<ExpectedDigests["checksum"]>,
    trailers: ReadonlyMap<string, string>,
    computed: string,
  ): void {
    const name = checksumHeader(algorithm);
    const trailer = trailers.get(name);
    const expected = trailer === undefined ? value : validChecksum(algorithm, trailer, name);
    if (expected === undefined || expected === computed) return;
    throw new S3Error("BadDigest", {
      message: `The ${algorithm} you specified did not match the calculated checksum.`,
    });
  }
}

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

/** What a client says about the bytes it sends. */
export interface Announced {
  readonly md5: Buffer | undefined;
  /** Of the body as the client signed it, in hex. */
  readonly sha256: string | undefined;
  readonly checksum: { readonly algorithm: ChecksumAlgorithm; readonly value?: string } | undefined;
}

/** S3 gives an object this checksum when its writer asked for none. */
export const DEFAULT_CHECKSUM: ChecksumAlgorithm = "CRC64NVME";

const SHA256 = /^[0-9a-f]{64}$/;
const IGNORED = new Set(["x-amz-checksum-algorithm", "x-amz-checksum-type", "x-amz-checksum-mode"]);

/**
 * Reads the digests from the headers; throws for those that cannot be right. Of a body that is not what
 * the checksum headers are about, they are left out.
 */
export function announced(request: S3Request, checksums: "of the body" | "other"): Announced {
  const sha256 = request.header("x-amz-content-sha256");
  return {
    md5: announcedMd5(request.header("content-md5")),
    sha256: sha256 !== undefined && SHA256.test(sha256) ? sha256 : undefined,
    checksum: checksums === "of the body" ? announcedChecksum(request) : undefined,
  };
}

function announcedMd5(header: string | undefined): Buffer | undefined {
  if (header === undefined) return undefined;
  const md5 = decodeBase64(header);
  if (md5?.length === 16) return md5;
  throw new S3Error("InvalidDigest", {
    message: "The Content-MD5 you specified was invalid.",
    details: { "Content-MD5": header },
  });
}

function announcedChecksum(request: S3Request): Announced["checksum"] {
  const asked = request.header("x-amz-sdk-checksum-algorithm");
  const trailer = request.header("x-amz-trailer");
  const names = request.headerNames("x-amz-checksum-").filter((name) => !IGNORED.has(name));
  if (trailer !== undefined) names.push(trailer.trim().toLowerCase());
  const [name] = names;
  if (name === undefined) {
    if (asked === undefined) return undefined;
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
  if (asked !== undefined && algorithmOf(asked) !== algorithm) {
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

/** The algorithm of that name; `NotImplemented` for those that S3 has and this one does not. */
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

/** What came of hashing a body. */
export interface Digests {
  /** Hex. */
  readonly md5: string;
  readonly checksum: Checksum;
  /** The checksum that the client sent, which may be of another kind than the one that is kept. */
  readonly sent: Checksum | undefined;
}

/** Hashes a body once for everything that is asked of it, and holds it against what was announced. */
export class Digester {
  readonly #announced: Announced;
  readonly #algorithm: ChecksumAlgorithm;
  readonly #md5: Hash;
  readonly #sha256: Hash | undefined;
  readonly #checksum: Hasher;
  /** For a checksum that is sent only to be checked. */
  readonly #checked: Hasher | undefined;

  constructor(announced: Announced, algorithm: ChecksumAlgorithm) {
    this.#announced = announced;
    this.#algorithm = algorithm;
    this.#md5 = createHash("md5");
    this.#sha256 = announced.sha256 === undefined ? undefined : createHash("sha256");
    this.#checksum = createHasher(algorithm);
    const sent = announced.checksum?.algorithm;
    this.#checked = sent === undefined || sent === algorithm ? undefined : createHasher(sent);
  }

  update(chunk: Uint8Array): void {
    this.#md5.update(chunk);
    this.#sha256?.update(chunk);
    this.#checksum.update(chunk);
    this.#checked?.update(chunk);
  }

  /** Throws `BadDigest` or `XAmzContentSHA256Mismatch` if the body is not what was announced. */
  finish(trailers: ReadonlyMap<string, string>): Digests {
    const md5 = this.#md5.digest();
    const value = this.#checksum.digest().toString("base64");
    this.#checkSha256();
    const { md5: expected, checksum } = this.#announced;
    if (expected && !md5.equals(expected)) {
      throw new S3Error("BadDigest", {
        message: "The Content-MD5 you specified did not match what we received.",
        details: {
          ExpectedDigest: expected.toString("base64"),
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
    if (sha256 === undefined || sha256 === this.#announced.sha256) return;
    throw new S3Error("XAmzContentSHA256Mismatch", {
      details: {
        ClientComputedContentSHA256: this.#announced.sha256 ?? "",
        S3ComputedContentSHA256: sha256,
      },
    });
  }

  #checkChecksum(
    { algorithm, value }: NonNullable<Announced["checksum"]>,
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

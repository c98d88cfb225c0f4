import { createHash } from "node:crypto";
import type { S3Context } from "../context.ts";
import { decodeBase64 } from "../encoding.ts";
import { invalidArgument, S3Error } from "../error.ts";
import type { S3Request } from "../request.ts";
import type { Encryption } from "./version.ts";

const HEADER = "x-amz-server-side-encryption";
const COPY_SOURCE = "x-amz-copy-source-server-side-encryption";
const KEY_BYTES = 32;

/**
 * Reads the requested encryption. Content is not encrypted: only what S3 returns about it is
 * stored.
 */
export function readEncryption(context: S3Context, request: S3Request): Encryption {
  const algorithm = request.header(HEADER);
  if (algorithm !== undefined && request.headerNames(`${HEADER}-customer-`).length > 0) {
    throw invalidArgument(
      "Server Side Encryption with Customer provided key is incompatible with the encryption method specified",
      HEADER,
      algorithm,
    );
  }
  const customer = readCustomerKey(request, HEADER);
  if (customer !== undefined) return { algorithm: "SSE-C", keyMd5: customer };
  const keyId = request.header(`${HEADER}-aws-kms-key-id`);
  if (algorithm === "aws:kms" || algorithm === "aws:kms:dsse") {
    const bucketKey = request.header(`${HEADER}-bucket-key-enabled`)?.toLowerCase() === "true";
    return { algorithm, keyId: keyId ?? managedKey(context), bucketKey };
  }
  if (algorithm !== undefined && algorithm !== "AES256") {
    throw invalidArgument("The encryption method specified is not supported", HEADER, algorithm);
  }
  if (keyId !== undefined) {
    throw invalidArgument(
      "Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms",
      HEADER,
      algorithm ?? "null",
    );
  }
  return { algorithm: "AES256" };
}

/** Returns the ARN of the AWS managed key for S3: always the same one for an account and Region. */
function managedKey({ region, accountId }: S3Context): string {
  const hex = createHash("sha256").update(`aws/s3 ${region} ${accountId}`).digest("hex");
  const parts = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20)];
  return `arn:aws:kms:${region}:${accountId}:key/${parts.join("-")}-${hex.slice(20, 32)}`;
}

/** Returns the MD5 of the customer-provided key in base64, or undefined if the request has none. */
function readCustomerKey(
  request: S3Request,
  header: string,
  purpose: "write" | "read" = "write",
): string | undefined {
  const algorithm = request.header(`${header}-customer-algorithm`);
  const key = request.header(`${header}-customer-key`);
  const md5 = request.header(`${header}-customer-key-md5`);
  if (algorithm === undefined && key === undefined && md5 === undefined) return undefined;
  if (algorithm === undefined) {
    throw invalidArgument(
      "Requests specifying Server Side Encryption with Customer provided keys must provide a valid encryption algorithm.",
      HEADER,
    );
  }
  if (algorithm !== "AES256") {
    throw new S3Error("InvalidEncryptionAlgorithmError", {
      details: { ArgumentName: HEADER, ArgumentValue: algorithm },
    });
  }
  if (key === undefined) {
    throw invalidArgument(
      "Requests specifying Server Side Encryption with Customer provided keys must provide an appropriate secret key.",
      HEADER,
    );
  }
  const bytes = decodeBase64(key);
  const consistent = bytes && createHash("md5").update(bytes).digest("base64") === md5;
  if (bytes?.length !== KEY_BYTES || md5 === undefined) {
    if (purpose === "read" && consistent) throw wrongKey();
    throw invalidArgument("The secret key was invalid for the specified algorithm.", HEADER);
  }
  if (!consistent) {
    throw invalidArgument(
      "The calculated MD5 hash of the key did not match the hash that was provided.",
      HEADER,
    );
  }
  return md5;
}

/**
 * Throws unless the request has the customer-provided key of the object, or has none if the object
 * has none.
 */
export function checkCustomerKey(
  request: S3Request,
  encryption: Encryption,
  role: "object" | "copy source" = "object",
): void {
  const given = readCustomerKey(request, role === "object" ? HEADER : COPY_SOURCE, "read");
  if (encryption.algorithm !== "SSE-C") {
    if (given === undefined) return;
    throw new S3Error("InvalidRequest", {
      message: "The encryption parameters are not applicable to this object.",
    });
  }
  if (given === undefined) {
    throw new S3Error("InvalidRequest", {
      message:
        "The object was stored using a form of Server Side Encryption. The correct parameters must be provided to retrieve the object.",
    });
  }
  if (given !== encryption.keyMd5) throw wrongKey();
}

function wrongKey(): S3Error {
  return new S3Error("AccessDenied", {
    message:
      "Requests specifying Server Side Encryption with Customer provided keys must provide the correct secret key.",
  });
}

/**
 * Throws `InvalidRequest` unless a part has the same customer-provided key as its upload, or
 * neither has one.
 */
export function checkPartKey(request: S3Request, encryption: Encryption): void {
  const given = readCustomerKey(request, HEADER);
  const expected = encryption.algorithm === "SSE-C" ? encryption.keyMd5 : undefined;
  if (given === expected) return;
  const message =
    given !== undefined && expected !== undefined
      ? "The provided encryption parameters did not match the ones used originally."
      : "The multipart upload initiate requested encryption. Subsequent part requests must include the appropriate encryption parameters.";
  throw new S3Error("InvalidRequest", { message });
}

/** Returns the headers that describe the encryption of an object. */
export function encryptionHeaders(encryption: Encryption): Record<string, string> {
  switch (encryption.algorithm) {
    case "AES256":
      return { [HEADER]: "AES256" };
    case "aws:kms":
    case "aws:kms:dsse":
      return {
        [HEADER]: encryption.algorithm,
        [`${HEADER}-aws-kms-key-id`]: encryption.keyId,
        ...(encryption.bucketKey && { [`${HEADER}-bucket-key-enabled`]: "true" }),
      };
    case "SSE-C":
      return {
        [`${HEADER}-customer-algorithm`]: "AES256",
        [`${HEADER}-customer-key-MD5`]: encryption.keyMd5,
      };
  }
}

/** S3 adds a checksum if the client sends none, but not with a customer-provided key. */
export function addsChecksum(encryption: Encryption): boolean {
  return encryption.algorithm !== "SSE-C";
}

/** The ETag is the MD5 of the content only with keys that S3 manages. */
export function etagIsMd5(encryption: Encryption): boolean {
  return encryption.algorithm === "AES256";
}

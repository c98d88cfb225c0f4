/** The fields of an object that identify its content. */
export interface Identifiable {
  readonly size?: number | undefined;
  readonly etag?: string | undefined;
  readonly checksums?: Readonly<Record<string, string>> | undefined;
  readonly checksumType?: string | undefined;
}

/**
 * The identity of an object's content; undefined if the object is empty or nothing identifies it.
 *
 * It is `crc64nvme:<checksum>:<size>` if S3 has the CRC64NVME of the full object: the same bytes have the same
 * one, whatever the parts of the upload and the encryption (Amazon S3 User Guide, "Checking object
 * integrity"). Version 2 of the AWS CLI and some SDKs send it, and S3 computes it if the client sends no
 * checksum. Otherwise it is the ETag, which depends on both. A CRC32 is too short to identify a content
 * among millions of objects of one size.
 */
export function identityOf({
  size,
  etag,
  checksums,
  checksumType,
}: Identifiable): string | undefined {
  if (size === 0) return undefined;
  const crc = checksums?.["CRC64NVME"];
  if (crc !== undefined && checksumType === "FULL_OBJECT" && size !== undefined) {
    return `${CRC64NVME}${crc}:${size}`;
  }
  return etag || undefined;
}

const CRC64NVME = "crc64nvme:";

/** The base64 of 8 bytes, and a size of at least 1 byte. */
const CHECKSUM_AND_SIZE = /^[A-Za-z0-9+/]{10}[AEIMQUYcgkosw048]=:[1-9]\d{0,15}$/;

/** What an identity is made of. */
export type IdentityKind = "crc64nvme" | "etag";

export function kindOfIdentity(identity: string): IdentityKind {
  return identity.startsWith(CRC64NVME) ? "crc64nvme" : "etag";
}

/** Whether a text can be an identity: everything but a checksum of another form can be an ETag. */
export function isIdentity(text: string): boolean {
  return kindOfIdentity(text) === "etag" || CHECKSUM_AND_SIZE.test(text.slice(CRC64NVME.length));
}

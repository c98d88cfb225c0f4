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
 * integrity"). Current SDKs send it by default, and S3 computes it if the client sends no checksum.
 * Otherwise it is the ETag, which depends on both. A CRC32 is too short to identify a content
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
    return `crc64nvme:${crc}:${size}`;
  }
  return etag || undefined;
}

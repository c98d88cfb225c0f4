import { checksumElement, checksumHeader } from "../body/checksum.ts";
import type { ObjectChecksum } from "../object/version.ts";
import type { XmlChild } from "../xml.ts";

export function checksumHeaders(checksum: ObjectChecksum | undefined): Record<string, string> {
  if (!checksum) return {};
  return {
    [checksumHeader(checksum.algorithm)]: checksum.value,
    "x-amz-checksum-type": checksum.type,
  };
}

export function checksumElements(checksum: ObjectChecksum | undefined): XmlChild[] {
  if (!checksum) return [];
  return [
    [checksumElement(checksum.algorithm), checksum.value],
    ["ChecksumType", checksum.type],
  ];
}

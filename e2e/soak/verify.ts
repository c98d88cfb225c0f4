import { ListObjectVersionsCommand } from "@aws-sdk/client-s3";

import { type Place, versionsOf } from "./perform.ts";

const CONCURRENCY = 16;

/** Describes acknowledged versions that the bucket lacks, and versions that it has without an acknowledgment. */
export async function lossesOf(place: Place): Promise<string[]> {
  const losses: string[] = [];
  let expected = 0;
  const entries = place.holdings.entries()[Symbol.iterator]();
  const check = async () => {
    for (let next = entries.next(); !next.done; next = entries.next()) {
      const [key, versions] = next.value;
      expected += versions.length;
      const found = await versionsOf(key, place);
      const ids = new Set(found.map(({ id }) => id));
      const lost = versions.filter(({ id }) => !ids.has(id));
      if (lost.length > 0 || found.length !== versions.length) {
        losses.push(
          `${JSON.stringify(key)}: S3 acknowledged ${versions.length} versions and has ${found.length}`,
        );
      }
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, check));
  const count = await countVersions(place);
  if (count !== expected) losses.push(`S3 has ${count} versions; it acknowledged ${expected}`);
  return losses;
}

async function countVersions({ s3, bucket }: Place): Promise<number> {
  let count = 0;
  let start: { KeyMarker?: string | undefined; VersionIdMarker?: string | undefined } = {};
  for (;;) {
    const page = await s3.send(new ListObjectVersionsCommand({ Bucket: bucket, ...start }));
    count += (page.Versions ?? []).length + (page.DeleteMarkers ?? []).length;
    if (page.IsTruncated !== true) return count;
    start = { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker };
  }
}

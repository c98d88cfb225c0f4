import type { Bodies, Segment } from "../store/bodies.ts";
import type { PendingBody } from "../store/body-writer.ts";
import type { ChecksumAlgorithm } from "./checksum.ts";
import { Digester, type Digests } from "./digest.ts";

const NOTHING_EXPECTED = { md5: undefined, sha256: undefined, checksum: undefined };

/** Copies stored bytes into a new body and computes their digests. */
export async function rereadBody(
  bodies: Bodies,
  segments: readonly Segment[],
  { start, end }: { start: number; end: number },
  algorithm: ChecksumAlgorithm,
): Promise<Digests & { body: PendingBody }> {
  const digester = new Digester(NOTHING_EXPECTED, algorithm);
  const writer = bodies.create();
  const content = bodies.read(segments, start, end);
  try {
    const chunks = content.chunks instanceof Uint8Array ? [content.chunks] : content.chunks;
    for await (const chunk of chunks) {
      digester.update(chunk);
      // The reader reuses its buffer.
      if (writer.write(Buffer.from(chunk))) await writer.flush();
    }
    const body = await writer.finish();
    return { body, ...digester.finish(new Map()) };
  } catch (error) {
    await writer.abort();
    throw error;
  } finally {
    content.close();
  }
}

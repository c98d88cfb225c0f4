import * as z from "zod";

/** A decoded shard iterator. */
export interface ShardIterator {
  streamArn: string;
  /** Records after this position follow. */
  after: number;
  /** Whether it starts with the oldest record, also if older ones have expired since. */
  fromHorizon: boolean;
  /** When it was issued, in milliseconds since the epoch. */
  issued: number;
}

/** "A shard iterator expires 15 minutes after it is returned" (API reference, "GetShardIterator"). */
export const ITERATOR_LIFETIME_MS = 15 * 60 * 1000;

const Position = z.object({ after: z.int().min(0), fromHorizon: z.boolean(), issued: z.number() });

/** As on AWS, an iterator starts with the ARN of its stream, which authorizes `GetRecords`. */
export function encodeIterator({ streamArn, ...position }: ShardIterator): string {
  return `${streamArn}|1|${Buffer.from(JSON.stringify(position)).toString("base64")}`;
}

/** Returns undefined for a text that is not an iterator. */
export function decodeIterator(text: string): ShardIterator | undefined {
  const [streamArn = "", version, encoded = ""] = text.split("|");
  if (version !== "1") return undefined;
  const position = Position.safeParse(jsonOf(Buffer.from(encoded, "base64").toString()));
  return position.success ? { streamArn, ...position.data } : undefined;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // not an iterator
  }
}

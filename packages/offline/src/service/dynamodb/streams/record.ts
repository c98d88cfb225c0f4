import { createHash } from "node:crypto";

import type { Change } from "./change.ts";
import type { StoredRecord } from "./stream-log.ts";

/** A record as `GetRecords` returns it. */
export interface StreamRecord {
  eventID: string;
  eventName: Change["name"];
  eventVersion: string;
  eventSource: string;
  awsRegion: string;
  dynamodb: {
    /** Seconds since the epoch. */
    ApproximateCreationDateTime: number;
    Keys: Change["keys"];
    NewImage?: Change["newImage"];
    OldImage?: Change["oldImage"];
    SequenceNumber: string;
    SizeBytes: number;
    StreamViewType: string;
  };
  userIdentity?: { PrincipalId: string; Type: string };
}

/** Returns a stored record in the format of the API of DynamoDB Streams. */
export function recordOf(
  { position, change }: StoredRecord,
  streamArn: string,
  awsRegion: string,
): StreamRecord {
  const sequenceNumber = sequenceNumberOf(position, change.at);
  return {
    eventID: createHash("md5").update(`${streamArn} ${sequenceNumber}`).digest("hex"),
    eventName: change.name,
    eventVersion: "1.1",
    eventSource: "aws:dynamodb",
    awsRegion,
    dynamodb: {
      ApproximateCreationDateTime: Math.floor(change.at / 1000),
      Keys: change.keys,
      ...(change.newImage && { NewImage: change.newImage }),
      ...(change.oldImage && { OldImage: change.oldImage }),
      SequenceNumber: sequenceNumber,
      SizeBytes: change.size,
      StreamViewType: change.viewType,
    },
    // "Items that are deleted by Time to Live" in the DynamoDB Developer Guide.
    ...(change.origin === "ttl" && {
      userIdentity: { PrincipalId: "dynamodb.amazonaws.com", Type: "Service" },
    }),
  };
}

/** The digits of a sequence number after the position. One of AWS has at least 21 digits. */
const DIGITS = 20;

/** Returns a sequence number. Those of later records are greater, as numbers. */
export const sequenceNumberOf = (position: number, at: number): string =>
  `${position}${String(at).padStart(DIGITS, "0")}`;

/** Returns the position of a sequence number, or undefined if the text is not one. */
export function positionOf(sequenceNumber: string): number | undefined {
  if (!/^[1-9]\d{20,35}$/.test(sequenceNumber)) return undefined;
  return Number(sequenceNumber.slice(0, -DIGITS));
}

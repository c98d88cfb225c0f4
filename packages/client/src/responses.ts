/** What every record has. Times are ISO 8601 in UTC, to the millisecond. */
interface CommonFields {
  bucket: string;
  /** The object key, verbatim. */
  key: string;
  /** The AWS region of the bucket. */
  region: string;
  /** The greatest S3 sequencer that was seen for this key. Zeros if unknown. */
  sequencer: string;
  /** The latest event of the key; `time` is when S3 finished the request. */
  event: {
    name: string;
    time: string;
    /** Who made the request, such as `AWS:AROAEXAMPLE:session`. */
    principal?: string | undefined;
    sourceIp?: string | undefined;
    /** S3's id of the request. */
    requestId?: string | undefined;
  };
  /** When the object was read; the record says what S3 answered then. */
  readAt: string;
}

interface ObjectFields extends CommonFields {
  /** When the object was first added to the catalog; starts again after a deletion. */
  firstIndexedAt: string;
  /** Absent if the bucket was never versioned. */
  versionId?: string | undefined;
  /** When the object arrived: the time of the event of its creation, or `lastModified` if that is unknown. */
  arrivedAt: string;
  /** For an upload in parts, when the upload was started. */
  lastModified: string;
}

/** An object as S3 described it. */
export interface PresentRecord extends ObjectFields {
  state: "present";
  /** Bytes. */
  size: number;
  /** Without quotes; not always an MD5. */
  etag: string;
  contentType?: string | undefined;
  contentEncoding?: string | undefined;
  contentLanguage?: string | undefined;
  contentDisposition?: string | undefined;
  cacheControl?: string | undefined;
  /** The header Expires as it was set; not necessarily a date. */
  expires?: string | undefined;
  websiteRedirect?: string | undefined;
  storageClass: string;
  archiveStatus?: string | undefined;
  restore?: { ongoing: boolean; until?: string | undefined } | undefined;
  encryption?:
    | { algorithm: string; kmsKeyId?: string | undefined; bucketKey?: boolean | undefined }
    | undefined;
  /** Base64, by S3's name of the algorithm, such as `CRC64NVME`. */
  checksums?: Record<string, string> | undefined;
  checksumType?: string | undefined;
  /** User metadata; names are in lower case, without `x-amz-meta-`. */
  metadata: Record<string, string>;
  /** The number of user metadata entries that S3 could not return. */
  missingMetadata?: number | undefined;
  /** The tags of the object; absent if the stage does not record tags. */
  tags?: Record<string, string> | undefined;
}

/** An object that S3 did not describe; the record holds what the event said. */
export interface UnreadableRecord extends ObjectFields {
  state: "unreadable";
  size?: number | undefined;
  etag?: string | undefined;
  unreadable: { reason: string };
}

/** The tombstone of a deleted object. */
export interface DeletedRecord extends CommonFields {
  state: "deleted";
  /** When the tombstone expires. */
  expiresAt: string;
}

export type FileRecord = PresentRecord | UnreadableRecord | DeletedRecord;

/** What a response cost in DynamoDB. */
export interface Reads {
  requests: number;
  /** Items read, including those that are not in the response. */
  items: number;
  /** Read units, which AWS charges for. */
  units: number;
}

interface Page {
  /**
   * When the last comparison of this prefix with the bucket began that left no difference. Absent if
   * there was none.
   */
  completeAsOf?: string | undefined;
  records: FileRecord[];
  /** Records that this version of Waybill cannot read, and why. */
  unfit: { key: string; reason: string }[];
  read: Reads;
}

export interface ListPage extends Page {
  /** With a delimiter: the common prefixes, each once. */
  prefixes: string[];
  next?: { startAfter: string } | undefined;
}

export interface RecentPage extends Page {
  /** The start of the time range that was read. */
  since: string;
  next?: { startAfterTime: string; startAfter?: string | undefined } | undefined;
}

export interface DuplicatesPage extends Page {
  /** What the files have in common; absent if the file of the query is empty or its content is unknown. */
  content?:
    | {
        /** `crc64nvme`: the CRC64NVME of the full object, and the size. `etag`: the ETag. */
        kind: "crc64nvme" | "etag";
        /** `crc64nvme:<checksum in base64>:<bytes>`, or the ETag without quotes. */
        identity: string;
      }
    | undefined;
  next?: { startAfter: string } | undefined;
}

export interface FindPage extends Page {
  /** What was read: `table` in key order, `byTime` latest arrival first. */
  index: "table" | "byTime";
  next?: { startAfterTime?: string | undefined; startAfter?: string | undefined } | undefined;
}

interface Totals {
  files: number;
  /** The total size of the files whose size is known. */
  bytes: number;
}

export interface Stats {
  /** As in a page. */
  completeAsOf?: string | undefined;
  groups: readonly ({ name: string } & Totals)[];
  /** The files that are in none of the groups; absent if there are none. */
  others?: Totals | undefined;
  total: Totals;
  read: Reads;
}

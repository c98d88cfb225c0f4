/** An ISO 8601 time, such as `2026-11-23` or `2026-11-23T06:24:02Z`; UTC if it has no offset. */
export type Time = string;

export interface ListParameters {
  /** Only keys that begin with this text. */
  readonly prefix?: string | undefined;
  /** Groups keys that contain it after the prefix into one entry of `prefixes`. */
  readonly delimiter?: string | undefined;
  readonly startAfter?: string | undefined;
  /** 1 to 1,000. */
  readonly limit?: number | undefined;
}

export interface RecentParameters {
  /** Arrived at this time or later. */
  readonly since?: Time | undefined;
  readonly until?: Time | undefined;
  readonly startAfter?: string | undefined;
  readonly startAfterTime?: Time | undefined;
  /** 1 to 1,000. */
  readonly limit?: number | undefined;
}

export type DuplicatesParameters = {
  readonly startAfter?: string | undefined;
  /** 1 to 1,000. */
  readonly limit?: number | undefined;
} & (
  | { readonly key: string }
  /** `content.identity` of a response: `crc64nvme:<checksum in base64>:<bytes>`, or an ETag. */
  | { readonly content: string }
  /** Finds only files without a CRC64NVME checksum of the full object. */
  | { readonly etag: string }
);

export interface FindParameters {
  readonly prefix?: string | undefined;
  /** Arrived at this time or later; deleted, if `state` is `deleted`. */
  readonly since?: Time | undefined;
  readonly until?: Time | undefined;
  /** The principal, session or user id, source IP address or request id of the latest event. */
  readonly by?: string | undefined;
  /** A media type, such as `image/png` or `image/*`. */
  readonly type?: string | undefined;
  /** Bytes. */
  readonly minSize?: number | undefined;
  /** Bytes. */
  readonly maxSize?: number | undefined;
  /** User metadata; all of it must match. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  /** Tags; all of them must match. Records have tags only in stages with `tags: true`. */
  readonly tags?: Readonly<Record<string, string>> | undefined;
  /** A pattern with `*` and `?`. */
  readonly nameLike?: string | undefined;
  readonly state?: "present" | "unreadable" | "deleted" | undefined;
  readonly startAfter?: string | undefined;
  readonly startAfterTime?: Time | undefined;
  /** Records per page, 1 to 1,000. */
  readonly limit?: number | undefined;
}

export interface StatsParameters {
  readonly prefix?: string | undefined;
  readonly by: "type" | "day" | "folder";
  /** Groups to return, 1 to 1,000. */
  readonly limit?: number | undefined;
}

/** A time of ISO 8601, as `2026-11-23` or `2026-11-23T06:24:02Z`; without an offset it is UTC. */
export type Time = string;

export interface ListParameters {
  /** Only keys that begin with it. */
  readonly prefix?: string | undefined;
  /** Keys that have it after the prefix are one entry of `prefixes`. */
  readonly delimiter?: string | undefined;
  readonly startAfter?: string | undefined;
  /** 1 to 1,000. */
  readonly limit?: number | undefined;
}

export interface RecentParameters {
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
} & ({ readonly key: string } | { readonly etag: string });

export interface FindParameters {
  readonly prefix?: string | undefined;
  readonly since?: Time | undefined;
  readonly until?: Time | undefined;
  /** A media type, as `image/png` or `image/*`. */
  readonly type?: string | undefined;
  /** Bytes. */
  readonly minSize?: number | undefined;
  /** Bytes. */
  readonly maxSize?: number | undefined;
  /** All of it must be in the user metadata. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  /** A pattern with `*` and `?`. */
  readonly nameLike?: string | undefined;
  readonly state?: "present" | "unreadable" | "deleted" | undefined;
  readonly startAfter?: string | undefined;
  readonly startAfterTime?: Time | undefined;
  /** Records of a page, 1 to 1,000. */
  readonly limit?: number | undefined;
}

export interface StatsParameters {
  readonly prefix?: string | undefined;
  readonly by: "type" | "day" | "folder";
  /** Groups to tell apart, 1 to 1,000. */
  readonly limit?: number | undefined;
}

import type { FileRecord } from "@waybill/core/catalog";

import { createApi, type HandledRequest } from "../../src/api/app.ts";
import type { Queries } from "../../src/api/queries.ts";

const TIME = "2026-11-23T06:24:02.000Z";

/** A record as the catalog returns it. */
export function fileRecord(
  key: string,
  more: { metadata?: Record<string, string> } = {},
): FileRecord {
  return {
    bucket: "files",
    key,
    region: "eu-central-1",
    sequencer: "006B03DC02".padStart(32, "0"),
    event: {
      name: "ObjectCreated:Put",
      time: TIME,
      principal: "AWS:AROAEXAMPLE:ann",
      sourceIp: "192.0.2.7",
      requestId: "EXAMPLE123456789",
    },
    readAt: TIME,
    firstIndexedAt: TIME,
    arrivedAt: TIME,
    lastModified: TIME,
    state: "present",
    size: 5,
    etag: "5d41402abc4b2a76b9719d911017c592",
    contentType: "text/plain",
    storageClass: "STANDARD",
    metadata: {},
    ...more,
  };
}

const read = { requests: 1, items: 1, units: 0.5 };
const NOTHING = { requests: 0, items: 0, units: 0 };
const unexpected = () => Promise.reject(new Error("the test does not expect this query"));

/** A catalog with only the queries that a test provides. */
export function catalogWith(queries: Partial<Queries>): Queries {
  return {
    get: unexpected,
    list: unexpected,
    recent: unexpected,
    duplicates: unexpected,
    findPage: unexpected,
    stats: unexpected,
    completeness: () => Promise.resolve({ completeAsOf: undefined, read: NOTHING }),
    ...queries,
  };
}

/** A catalog with the one file `a`. */
export const oneFile: Queries = {
  completeness: () => Promise.resolve({ completeAsOf: TIME, read: NOTHING }),
  get: (key) => Promise.resolve(key === "a" ? fileRecord("a") : undefined),
  list: () =>
    Promise.resolve({
      records: [fileRecord("a")],
      prefixes: ["b/"],
      unfit: [],
      next: { startAfter: "b/" },
      read,
    }),
  recent: () =>
    Promise.resolve({
      records: [fileRecord("a")],
      unfit: [{ key: "z", reason: "written by a later version" }],
      since: "2025-11-23T06:24:02.000Z",
      next: { startAfterTime: TIME, startAfter: "a" },
      read,
    }),
  duplicates: ({ key }) =>
    Promise.resolve(
      key === undefined || key === "a"
        ? {
            content: { kind: "crc64nvme", identity: "crc64nvme:moKNAtbQBxo=:5" },
            records: [fileRecord("a")],
            unfit: [],
            read,
          }
        : undefined,
    ),
  findPage: () =>
    Promise.resolve({
      records: [fileRecord("a")],
      unfit: [],
      index: "table",
      next: { startAfter: "a" },
      read,
    }),
  stats: () =>
    Promise.resolve({
      groups: [{ name: "text/plain", files: 1, bytes: 5 }],
      others: { files: 2, bytes: 7 },
      total: { files: 3, bytes: 12 },
      read,
    }),
};

/** The API on a catalog, and the requests that it handled. */
export function apiOn(queries: Queries) {
  const handled: HandledRequest[] = [];
  const app = createApi({ queries, onResponse: (request) => handled.push(request) });
  return {
    handled,
    app,
    request: async (target: string, init: RequestInit = {}) => app.request(target, init),
    /** Passes a Lambda event, whose path and query string are not normalized. */
    invoke: async (rawPath: string, rawQueryString = "", remainingMs = 30_000) =>
      app.request(
        new URL(`${rawPath}?${rawQueryString}`, "https://api.example"),
        {},
        {
          event: { rawPath, rawQueryString },
          lambdaContext: {
            awsRequestId: "the-request",
            getRemainingTimeInMillis: () => remainingMs,
          },
        },
      ),
  };
}

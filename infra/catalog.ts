import {
  CONTENT,
  CONTENT_INDEX,
  MOMENT,
  MONTH,
  PARTITION,
  SORT,
  TIME_INDEX,
  TTL_ATTRIBUTE,
} from "../packages/core/src/catalog/keys.ts";

import { production } from "./stage.ts";

/** The catalog table: one item per object key. `packages/core/src/catalog` writes and reads it. */
export const catalog = new sst.aws.Dynamo("Catalog", {
  fields: {
    [PARTITION]: "string",
    [SORT]: "string",
    [MONTH]: "string",
    [MOMENT]: "string",
    [CONTENT]: "string",
  },
  primaryIndex: { hashKey: PARTITION, rangeKey: SORT },
  globalIndexes: {
    [TIME_INDEX]: { hashKey: MONTH, rangeKey: MOMENT },
    [CONTENT_INDEX]: { hashKey: CONTENT, rangeKey: SORT, projection: "keys-only" },
  },
  ttl: TTL_ATTRIBUTE,
  deletionProtection: production,
});

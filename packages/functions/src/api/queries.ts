import type {
  DuplicatesPage,
  FileRecord,
  FindPage,
  ListPage,
  Reads,
  RecentPage,
  Stats,
} from "@waybill/core/catalog";
import type {
  DuplicatesQuery,
  FindPageQuery,
  ListQuery,
  RecentQuery,
  StatsQuery,
} from "@waybill/core/catalog/query";

/** As of when the catalog is complete, and what it cost to read that. */
export interface Completeness {
  readonly completeAsOf: string | undefined;
  readonly read: Reads;
}

/** The catalog queries that the API calls; tests replace them. */
export interface Queries {
  readonly get: (key: string, options: { deleted?: boolean }) => Promise<FileRecord | undefined>;
  readonly list: (query: ListQuery) => Promise<ListPage>;
  readonly recent: (query: RecentQuery) => Promise<RecentPage>;
  readonly duplicates: (query: DuplicatesQuery) => Promise<DuplicatesPage | undefined>;
  readonly findPage: (query: FindPageQuery, options: { maxUnits: number }) => Promise<FindPage>;
  readonly completeness: (prefix: string) => Promise<Completeness>;
  readonly stats: (query: StatsQuery, progress: () => void) => Promise<Stats>;
}

import type {
  DuplicatesPage,
  FileRecord,
  FindPage,
  ListPage,
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

/** What the API asks the catalogue: the queries of core, or what stands for them in a test. */
export interface Queries {
  readonly get: (key: string, options: { deleted?: boolean }) => Promise<FileRecord | undefined>;
  readonly list: (query: ListQuery) => Promise<ListPage>;
  readonly recent: (query: RecentQuery) => Promise<RecentPage>;
  readonly duplicates: (query: DuplicatesQuery) => Promise<DuplicatesPage | undefined>;
  readonly findPage: (query: FindPageQuery, options: { maxUnits: number }) => Promise<FindPage>;
  readonly stats: (query: StatsQuery, progress: () => void) => Promise<Stats>;
}

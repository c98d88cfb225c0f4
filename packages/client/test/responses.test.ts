import type * as core from "@waybill/core/catalog";
import type {
  FindPageQuery,
  ListQuery,
  RecentQuery,
  StatsQuery,
} from "@waybill/core/catalog/query";
import { expectTypeOf, test } from "vitest";

import type * as client from "../src/index.ts";

/** Both types describe the same values; `readonly` aside, which an interface for callers does not repeat. */
type Same<A, B> = [Mutable<A>] extends [Mutable<B>]
  ? [Mutable<B>] extends [Mutable<A>]
    ? true
    : false
  : false;
type Mutable<T> = T extends object ? { -readonly [K in keyof T]: Mutable<T[K]> } : T;

// `tsc` checks these: the types are written out, so that an installed client needs no other package.
test("the types of responses are those of the catalog", () => {
  expectTypeOf<Same<client.FileRecord, core.FileRecord>>().toEqualTypeOf<true>();
  expectTypeOf<Same<client.ListPage, core.ListPage>>().toEqualTypeOf<true>();
  expectTypeOf<Same<client.RecentPage, core.RecentPage>>().toEqualTypeOf<true>();
  expectTypeOf<Same<client.DuplicatesPage, core.DuplicatesPage>>().toEqualTypeOf<true>();
  expectTypeOf<Same<client.FindPage, core.FindPage>>().toEqualTypeOf<true>();
  expectTypeOf<Same<client.Stats, core.Stats>>().toEqualTypeOf<true>();
});

test("the names of parameters are those of the queries", () => {
  expectTypeOf<keyof client.ListParameters>().toEqualTypeOf<keyof ListQuery>();
  expectTypeOf<keyof client.RecentParameters>().toEqualTypeOf<keyof RecentQuery>();
  expectTypeOf<keyof client.FindParameters>().toEqualTypeOf<keyof FindPageQuery>();
  expectTypeOf<keyof client.StatsParameters>().toEqualTypeOf<keyof StatsQuery>();
});

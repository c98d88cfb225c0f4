declare module "dynalite" {
  import type { Server } from "node:http";

  interface Options {
    path?: string;
    createTableMs?: number;
    deleteTableMs?: number;
    updateTableMs?: number;
    /** Returns operations that change in one batch with an item. `done` is called after the batch. */
    beforeWrite?: (
      table: Table,
      key: string,
      existing: Item | undefined,
      item: Item | null | undefined,
      origin: unknown,
    ) => { operations: Operation[]; done: () => void } | undefined;
  }

  /** An attribute has one member, which is named after its type. */
  type Attribute = Readonly<Record<string, unknown>>;
  type Item = Readonly<Record<string, Attribute>>;
  type Operation = { type: "put"; key: string; value: unknown } | { type: "del"; key: string };

  /** A stored table: what `DescribeTable` returns. */
  interface Table {
    TableName: string;
    KeySchema: { AttributeName: string; KeyType: string }[];
    StreamSpecification?: { StreamEnabled: boolean; StreamViewType: string };
    LatestStreamLabel?: string;
    LatestStreamArn?: string;
  }

  type Callback<T = void> = (error?: Error | null, value?: T) => void;

  /** Returns a callback that ends the lock. */
  type Release = (callback: Callback) => Callback;

  interface SubStore {
    readonly prefix: string;
    lock(key: string, run: (release: Release) => void): void;
    get(key: string, callback: Callback<Item>): void;
    put(key: string, value: unknown, callback: Callback): void;
  }

  interface Store {
    readonly db: {
      batch(operations: Operation[]): Promise<void>;
      get(key: string): Promise<unknown>;
      iterator(range: {
        gte: string;
        lt: string;
        limit?: number;
        reverse?: boolean;
      }): AsyncIterable<[string, unknown]>;
    };
    readonly tableDb: SubStore & { awsRegion: string; awsAccountId: string };
    getItemDb(table: string): SubStore;
    getTable(name: string, checkStatus: boolean, callback: Callback<Table>): void;
    writeItem(
      store: Store,
      table: Table,
      existing: Item | undefined,
      item: Item | null,
      callback: Callback,
      origin?: unknown,
    ): void;
  }

  export default function dynalite(options: Options): Server & { readonly store: Store };
}

import type { Callback, Store, Table } from "dynalite";

/** Returns the tables of a store. */
export async function tablesIn(store: Store): Promise<Table[]> {
  const { prefix } = store.tableDb;
  const tables: Table[] = [];
  for await (const [, value] of store.db.iterator({ gte: prefix, lt: `${prefix}\u{FF}` })) {
    tables.push(value as Table);
  }
  return tables;
}

/** Changes what is stored about a table. */
export async function updateTable(
  store: Store,
  name: string,
  change: (table: Table) => Table,
): Promise<void> {
  const table = await promised<Table>((callback) => store.getTable(name, false, callback));
  if (table === undefined) return;
  await promised((callback) => store.tableDb.put(name, change(table), callback));
}

/** Calls a function of dynalite. */
export const promised = <T>(call: (callback: Callback<T>) => void): Promise<T | undefined> =>
  new Promise((resolve, reject) => {
    call((error, value) => (error ? reject(error) : resolve(value)));
  });

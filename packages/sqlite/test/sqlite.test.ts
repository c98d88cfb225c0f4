import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Worker } from "node:worker_threads";

import { beforeEach, describe, expect, onTestFinished, test } from "vitest";

import { integer, Sqlite, StoreError } from "../src/index.ts";

const SCHEMA = "CREATE TABLE notes (id INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT;";

let file: string;
beforeEach(() => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "sqlite-"));
  onTestFinished(() => fs.rmSync(folder, { recursive: true }));
  file = path.join(folder, "store", "notes.db");
});

function open(format = 1, schema = SCHEMA): Sqlite {
  const database = new Sqlite({ file, schema, format });
  onTestFinished(() => database.close());
  return database;
}

const add = (database: Sqlite, body: string) =>
  database.prepare("INSERT INTO notes (body) VALUES (?)").run(body);

function count(database: Sqlite): number {
  const row = database.prepare("SELECT count(*) AS count FROM notes").get();
  if (!row) throw new Error("count(*) returned no row");
  return integer(row, "count");
}

/** Writes a database with Node's own API, as another program would. */
function writeOther(sql: string): void {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const database = new DatabaseSync(file);
  database.exec(sql);
  database.close();
}

function errorOf(call: () => unknown): StoreError {
  try {
    call();
  } catch (error) {
    if (error instanceof StoreError) return error;
    throw error;
  }
  throw new Error("the call did not throw");
}

describe("opening", () => {
  test("creates the folders, the file and its tables", () => {
    add(open(), "first");

    expect(fs.existsSync(file)).toBe(true);
  });

  test("keeps the data of a file with the same format", () => {
    const first = open();
    add(first, "first");
    first.close();

    const second = open();
    add(second, "second");

    expect(count(second)).toBe(2);
  });

  test("treats an empty file as new", () => {
    fs.mkdirSync(path.dirname(file));
    fs.writeFileSync(file, "");

    expect(count(open())).toBe(0);
  });

  test("leaves no tables behind when the schema fails halfway", () => {
    const schema = `${SCHEMA} CREATE TABLE notes (id INTEGER);`;

    expect(() => open(1, schema)).toThrow("already exists");
    expect(count(open())).toBe(0);
  });

  test("rejects a file that is open, and can be retried", () => {
    const first = open();

    const error = errorOf(open);

    expect(error).toMatchObject({ code: "store.in_use", retry: true });
    expect(error.message).toBe(
      `${file} is already open. Stop the process that has it open, or use another folder.`,
    );
    first.close();
    expect(count(open())).toBe(0);
  });

  test("waits for a process that is about to close the file", async () => {
    const first = open();
    const source = new URL("../src/index.ts", import.meta.url).href;
    const worker = new Worker(
      `const { parentPort, workerData } = require("node:worker_threads");
       import(workerData.source).then(({ Sqlite }) => {
         parentPort.postMessage("opening");
         new Sqlite(workerData.options).close();
         parentPort.postMessage("opened");
       });`,
      { eval: true, workerData: { source, options: { file, schema: SCHEMA, format: 1 } } },
    );
    onTestFinished(async () => {
      await worker.terminate();
    });
    const opened = new Promise((resolve, reject) => {
      worker.once("error", reject);
      worker.on("message", (message) => {
        if (message === "opening") first.close();
        else resolve(message);
      });
    });

    await expect(opened).resolves.toBe("opened");
  });

  test("rejects a file with another format, and does not change it", () => {
    const newer = open(2);
    add(newer, "kept");
    newer.close();

    const error = errorOf(open);

    expect(error).toMatchObject({ code: "store.other_format", retry: false });
    expect(error.message).toContain(
      `${file} has format 2, and this version reads format 1. Delete the folder ${path.dirname(file)}`,
    );
    expect(count(open(2))).toBe(1);
  });

  test("rejects the database of another program, and does not change it", () => {
    writeOther("CREATE TABLE theirs (id INTEGER)");

    expect(errorOf(open)).toMatchObject({ code: "store.other_format", retry: false });
    const database = new DatabaseSync(file);
    expect(database.prepare("SELECT name FROM sqlite_schema").all()).toMatchObject([
      { name: "theirs" },
    ]);
    database.close();
  });

  test("rejects a file that is not a database", () => {
    fs.mkdirSync(path.dirname(file));
    fs.writeFileSync(file, "not a database, but longer than its header".repeat(100));

    const error = errorOf(open);

    expect(error).toMatchObject({ code: "store.unreadable", retry: false });
    expect(error.message).toContain(`${file} is damaged, or is not a SQLite database`);
  });

  test("rejects a database that was cut off", () => {
    const database = open();
    for (let i = 0; i < 100; i += 1) add(database, "x".repeat(1000));
    database.close();
    fs.truncateSync(file, 8192);

    expect(errorOf(open)).toMatchObject({
      code: "store.unreadable",
      message: expect.stringContaining("is damaged"),
    });
  });

  test("releases a file that it rejects", () => {
    writeOther("PRAGMA user_version = 9");

    expect(errorOf(open).code).toBe("store.other_format");
    writeOther("PRAGMA user_version = 1; CREATE TABLE notes (id INTEGER PRIMARY KEY, body TEXT)");
    expect(count(open())).toBe(0);
  });

  test.each([
    ["the file is a folder", () => fs.mkdirSync(file, { recursive: true })],
    ["the folder is a file", () => fs.writeFileSync(path.dirname(file), "")],
  ])("rejects a path where %s", (_, prepare) => {
    prepare();

    expect(errorOf(open)).toMatchObject({
      code: "store.unreadable",
      message: expect.stringContaining(`${file} cannot be opened: `),
    });
  });
});

describe("a transaction", () => {
  test("returns the result of its function", () => {
    const database = open();

    expect(database.transaction(() => add(database, "x").changes)).toBe(1);
  });

  test("keeps nothing of a function that throws", () => {
    const database = open();
    const failure = new Error("halfway");

    expect(() =>
      database.transaction(() => {
        add(database, "lost");
        throw failure;
      }),
    ).toThrow(failure);

    expect(count(database)).toBe(0);
    database.transaction(() => add(database, "kept"));
    expect(count(database)).toBe(1);
  });

  test("keeps nothing when SQLite rolls back on its own", () => {
    const database = open();
    const replace = "INSERT OR ROLLBACK INTO notes (id, body) VALUES (1, 'a')";

    expect(() =>
      database.transaction(() => {
        database.prepare(replace).run();
        database.prepare(replace).run();
      }),
    ).toThrow("UNIQUE constraint failed");

    expect(count(database)).toBe(0);
  });

  test("does not nest", () => {
    const database = open();

    expect(() =>
      database.transaction(() => {
        add(database, "lost");
        database.transaction(() => add(database, "lost too"));
      }),
    ).toThrow("cannot start a transaction within a transaction");

    expect(count(database)).toBe(0);
  });
});

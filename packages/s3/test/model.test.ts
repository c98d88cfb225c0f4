import * as fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { child, childText, parseXml, type XmlElement } from "../src/xml.ts";
import { ALL_EVENTS, raw, settings, start, type RawReply, type Running } from "./harness.ts";

let running: Running;
beforeAll(async () => {
  running = await start();
});
afterAll(() => running[Symbol.asyncDispose]());

type Versioning = "Enabled" | "Suspended" | "Unversioned";

interface ModelVersion {
  id: string;
  /** Undefined for a delete marker. */
  content: string | undefined;
}

/** The expected content of a bucket: the versions of each key, newest first. */
class Model {
  versioning: Versioning = "Unversioned";
  readonly keys = new Map<string, ModelVersion[]>();

  add(key: string, id: string, content: string | undefined): void {
    const versions = this.keys.get(key) ?? [];
    const kept = id === "null" ? versions.filter((version) => version.id !== "null") : versions;
    this.keys.set(key, [{ id, content }, ...kept]);
  }

  remove(key: string, id: string): void {
    const kept = (this.keys.get(key) ?? []).filter((version) => version.id !== id);
    if (kept.length > 0) this.keys.set(key, kept);
    else this.keys.delete(key);
  }

  sorted(): [string, ModelVersion[]][] {
    return [...this.keys].toSorted(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  }

  current(): [string, string][] {
    return this.sorted().flatMap(([key, [newest]]): [string, string][] =>
      newest?.content === undefined ? [] : [[key, newest.content]],
    );
  }
}

const KEYS = ["a", "A", "a/b", "a/c/d", "a0", "b/", "b//", "é", "😀/x", "\uffff", "a b+%"];
const anyKey = fc.constantFrom(...KEYS);
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("put" as const),
      key: anyKey,
      content: fc.string({ maxLength: 5 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("delete" as const), key: anyKey }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("delete-version" as const),
      key: anyKey,
      nth: fc.nat(3),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("copy" as const), key: anyKey, from: anyKey }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("versioning" as const),
      to: fc.constantFrom("Enabled" as const, "Suspended" as const),
    }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

function pathOf(bucket: string, key: string): string {
  return `/${bucket}/${encodeURIComponent(key)}`;
}

function requireStatus(reply: RawReply, status: number): void {
  if (reply.status !== status)
    throw new Error(`Expected status ${status}, got ${reply.status}: ${reply.body}`);
}

async function apply(bucket: string, model: Model, change: Step): Promise<void> {
  if (change.do === "versioning") {
    const body = `<VersioningConfiguration><Status>${change.to}</Status></VersioningConfiguration>`;
    requireStatus(await raw(running, "PUT", `/${bucket}?versioning`, { body }), 200);
    model.versioning = change.to;
    return;
  }
  const path = pathOf(bucket, change.key);
  const versions = model.keys.get(change.key) ?? [];
  const idOf = (id: string | string[] | undefined): string =>
    typeof id === "string" ? id : "null";
  switch (change.do) {
    case "put": {
      const { headers } = await raw(running, "PUT", path, { body: change.content });
      model.add(change.key, idOf(headers["x-amz-version-id"]), change.content);
      return;
    }
    case "copy": {
      const source = model.keys.get(change.from)?.[0]?.content;
      const reply = await raw(running, "PUT", path, {
        headers: {
          "x-amz-copy-source": pathOf(bucket, change.from),
          "x-amz-metadata-directive": "REPLACE",
        },
      });
      requireStatus(reply, source === undefined ? 404 : 200);
      const id = idOf(reply.headers["x-amz-version-id"]);
      if (source !== undefined) model.add(change.key, id, source);
      return;
    }
    case "delete": {
      const { headers } = await raw(running, "DELETE", path);
      if (model.versioning === "Unversioned") model.remove(change.key, "null");
      else model.add(change.key, idOf(headers["x-amz-version-id"]), undefined);
      return;
    }
    case "delete-version": {
      const version = versions[change.nth];
      if (!version) return;
      await raw(running, "DELETE", `${path}?versionId=${encodeURIComponent(version.id)}`);
      model.remove(change.key, version.id);
    }
  }
}

async function list(path: string): Promise<XmlElement> {
  const { status, body } = await raw(running, "GET", path);
  expect(status).toBe(200);
  return parseXml(body);
}

/** Returns the entries of all pages of a list, in order. */
async function pages(
  bucket: string,
  query: string,
  next: Record<string, string>,
): Promise<XmlElement[]> {
  const entries: XmlElement[] = [];
  let marker = "";
  for (;;) {
    const root = await list(`/${bucket}?${query}${marker}`);
    entries.push(...root.children.filter(({ name }) => ENTRIES.has(name)));
    if (childText(root, "IsTruncated") !== "true") return entries;
    marker = Object.entries(next)
      .map(([element, parameter]) => [parameter, childText(root, element)] as const)
      .flatMap(([parameter, value]) =>
        value === undefined ? [] : [`&${parameter}=${encodeURIComponent(value)}`],
      )
      .join("");
  }
}
const ENTRIES = new Set(["Contents", "Version", "DeleteMarker", "CommonPrefixes"]);

async function compare(bucket: string, model: Model): Promise<void> {
  for (const key of KEYS) {
    const head = await raw(running, "HEAD", pathOf(bucket, key));
    const newest = model.keys.get(key)?.[0];
    expect(head.status).toBe(newest?.content === undefined ? 404 : 200);
    for (const version of model.keys.get(key) ?? []) {
      const path = `${pathOf(bucket, key)}?versionId=${encodeURIComponent(version.id)}`;
      const read = await raw(running, "GET", path);
      expect(read.status).toBe(version.content === undefined ? 405 : 200);
      if (version.content !== undefined) expectContent(read.body, version.content);
    }
  }
  for (const size of [1, 2, 3, 1000]) {
    const objects = await pages(bucket, `list-type=2&max-keys=${size}`, {
      NextContinuationToken: "continuation-token",
    });
    const listed = objects.map((entry) => [
      childText(entry, "Key"),
      Number(childText(entry, "Size")),
    ]);
    const expected = model.current().map(([key, content]) => [key, Buffer.byteLength(content)]);
    expect(listed).toEqual(expected);

    const versions = await pages(bucket, `versions&max-keys=${size}`, {
      NextKeyMarker: "key-marker",
      NextVersionIdMarker: "version-id-marker",
    });
    expect(versions.map(describeVersion)).toEqual(
      model.sorted().flatMap(([key, all]) =>
        all.map(({ id, content }, index) => {
          const kind = content === undefined ? "DeleteMarker" : "Version";
          return `${kind} ${key} ${id} ${String(index === 0)}`;
        }),
      ),
    );
  }
  await compareGroups(bucket, model);
}

function expectContent(actual: string, expected: string): void {
  expect(actual).toBe(Buffer.from(expected).toString());
}

function describeVersion(entry: XmlElement): string {
  const text = (name: string): string => childText(entry, name) ?? "";
  return `${entry.name} ${text("Key")} ${text("VersionId")} ${text("IsLatest")}`;
}

async function compareGroups(bucket: string, model: Model): Promise<void> {
  for (const prefix of ["", "a", "a/", "b/"]) {
    const query = `list-type=2&delimiter=/&max-keys=2&prefix=${encodeURIComponent(prefix)}`;
    const entries = await pages(bucket, query, { NextContinuationToken: "continuation-token" });
    const shown = entries.map((entry) => childText(entry, "Key") ?? child(entry, "Prefix")?.text);
    const groups = model
      .current()
      .map(([key]) => key)
      .filter((key) => key.startsWith(prefix))
      .map((key) => {
        const at = key.indexOf("/", prefix.length);
        return at === -1 ? key : key.slice(0, at + 1);
      });
    expect(shown).toHaveLength(new Set(groups).size);
    expect(new Set(shown)).toEqual(new Set(groups));
  }
}

let count = 0;
test("matches a simple model after any history of puts, copies, deletions and versioning", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom<Versioning>("Enabled", "Suspended", "Unversioned"),
      fc.array(step, { minLength: 5, maxLength: 40 }),
      async (versioning, steps) => {
        const bucket = `model-${count++}`;
        running.s3.ensureBucket(bucket, settings({ versioning, notifications: [ALL_EVENTS] }));
        const model = new Model();
        model.versioning = versioning;
        for (const change of steps) await apply(bucket, model, change);
        await compare(bucket, model);
      },
    ),
    { numRuns: 25 },
  );
});

test("sends events from which the content can be replayed, after any history", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom<Versioning>("Enabled", "Suspended", "Unversioned"),
      fc.array(step, { minLength: 5, maxLength: 60 }),
      async (versioning, steps) => {
        const bucket = `events-${count++}`;
        running.s3.ensureBucket(bucket, settings({ versioning, notifications: [ALL_EVENTS] }));
        const model = new Model();
        model.versioning = versioning;
        await running.records();
        for (const change of steps) await apply(bucket, model, change);
        const replayed = new Model();
        for (const { eventName, s3 } of await running.records()) {
          const key = decodeURIComponent(s3.object.key.replaceAll("+", " "));
          const id = s3.object.versionId ?? "null";
          if (eventName.startsWith("ObjectCreated:")) replayed.add(key, id, String(s3.object.size));
          else if (eventName === "ObjectRemoved:Delete") replayed.remove(key, id);
          else replayed.add(key, id, undefined);
        }
        const sizes = (m: Model) =>
          m.sorted().map(([key, all]) => [key, all.map(({ id }) => id)] as const);
        expect(sizes(replayed)).toEqual(sizes(model));
      },
    ),
    { numRuns: 25 },
  );
});

import { expect, test } from "vitest";

import { type Finding, newPassState, runPass } from "../../src/reconcile/pass.ts";

const object = (key: string) => ({
  key,
  size: 1,
  etag: "e",
  lastModified: "2026-01-01T00:00:00.000Z",
  storageClass: "STANDARD",
});

const aborted = () => new Error("aborted");

async function run(resolve: (key: string) => Promise<void>, signal: AbortSignal) {
  const state = newPassState();
  const findings: Finding[] = [];
  async function* listing() {
    yield ["a", "b", "c"].map(object);
  }
  async function* catalog() {}
  const done = runPass(
    {
      listing: listing(),
      catalog: catalog(),
      resolve: async ({ key }) => {
        await resolve(key);
        return "missing";
      },
      wait: async () => {},
    },
    state,
    (finding) => findings.push(finding),
    signal,
  );
  const failure = await done.then(
    () => undefined,
    (error: unknown) => error,
  );
  return { state, findings, failure };
}

test("a pass that is aborted while it settles is not complete, and continues after what is settled", async () => {
  const controller = new AbortController();
  const { state, findings, failure } = await run(async (key) => {
    if (key === "a") return;
    controller.abort(aborted());
    throw aborted();
  }, controller.signal);
  expect(failure).toEqual(aborted());
  expect(findings.map(({ key }) => key)).toEqual(["a"]);
  expect(state).toMatchObject({ settledTo: "a", failed: 0 });
});

test("a difference that cannot be settled is reported and does not end the pass", async () => {
  const { state, findings, failure } = await run(async (key) => {
    if (key === "b") throw new Error("denied");
  }, new AbortController().signal);
  expect(failure).toBeUndefined();
  expect(findings.filter(({ error }) => error !== undefined).map(({ key }) => key)).toEqual(["b"]);
  expect(state).toMatchObject({ settledTo: "c", failed: 1, found: { missing: 2 } });
});

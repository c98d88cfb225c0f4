import { beforeEach, describe, expect, test } from "vitest";

import { type Declared, Deployment } from "../../src/pulumi/deployment.ts";
import type { ResourceState } from "../../src/pulumi/state.ts";
import { deletionsOf, resultOf } from "../../src/pulumi/update.ts";
import type { Inputs } from "../../src/synth/graph.ts";
import { StandIns } from "../../src/synth/stand-ins.ts";

const target = {
  app: "app",
  stage: "test",
  region: "us-east-1",
  accountId: "000000000000",
  endpoint: "http://127.0.0.1:4599",
};

const declare = (type: string, name: string, inputs: Inputs, more: Partial<Declared> = {}) => ({
  type,
  name,
  inputs,
  parent: undefined,
  custom: true,
  protect: false,
  retainOnDelete: false,
  dependencies: [],
  ignoreChanges: [],
  replaceOnChanges: [],
  additionalSecretOutputs: [],
  aliases: [],
  importId: "",
  ...more,
});

const QUEUE = "aws:sqs/queue:Queue";
const OBJECT = "aws:s3/bucketObjectv2:BucketObjectv2";
const BYTES = "random:index/randomBytes:RandomBytes";

/** Declares resources after those of an earlier deployment. */
function deploy(before: readonly ResourceState[], ...all: Declared[]): Deployment {
  const deployment = new Deployment(target, before, new StandIns("/nowhere"));
  for (const one of all) deployment.register(one);
  return deployment;
}

const nameIn = ({ id }: ResourceState) => id?.split("/").at(-1);
const opsOf = (deployment: Deployment) => deployment.steps.map(({ op }) => op);

describe("a deployment", () => {
  const jobs = declare(QUEUE, "Jobs", { name: "jobs-1" }, { ignoreChanges: ["name"] });
  let before: ResourceState[];

  beforeEach(() => {
    before = deploy([], jobs, declare(BYTES, "Key", { length: 32 })).resources();
  });

  test("gives queues the URL of the offline AWS", () => {
    expect(before[0]).toMatchObject({
      urn: "urn:pulumi:test::app::aws:sqs/queue:Queue::Jobs",
      id: "http://127.0.0.1:4599/000000000000/jobs-1",
    });
  });

  test("keeps names and random values, and so changes nothing the second time", () => {
    const renamed = { ...jobs, inputs: { name: "jobs-2" } };
    const again = deploy(before, renamed, declare(BYTES, "Key", { length: 32 }));
    expect(opsOf(again)).toEqual(["same", "same"]);
    expect(again.resources().map(({ outputs }) => outputs)).toEqual(
      before.map(({ outputs }) => outputs),
    );
  });

  test("updates a changed input, and replaces what AWS cannot change", () => {
    const changed = declare(QUEUE, "Jobs", { name: "jobs-1", delaySeconds: 1 });
    expect(opsOf(deploy(before, changed))).toEqual(["update"]);
    expect(opsOf(deploy(before, declare(QUEUE, "Jobs", { name: "other" })))).toEqual(["replace"]);
    expect(opsOf(deploy(before, declare(BYTES, "Key", { length: 16 })))).toEqual(["replace"]);
  });

  test("finds a resource by a name that it had before", () => {
    const [state] = before;
    const moved = declare(QUEUE, "Work", { name: "jobs-1" }, { aliases: [state?.urn ?? ""] });
    const deployment = deploy(before, moved);
    expect(opsOf(deployment)).toEqual(["same"]);
    expect(deployment.removed().map(({ type }) => type)).toEqual([BYTES]);
  });

  test("rejects a name that is declared twice", () => {
    expect(() => deploy([], jobs, jobs)).toThrow("Duplicate resource URN");
  });
});

describe("after a deployment", () => {
  const queue = (name: string) => declare(QUEUE, "Jobs", { name, fifoQueue: false });
  const replaced = () => {
    const deployment = deploy(deploy([], queue("one")).resources(), queue("two"));
    const [step] = deployment.steps;
    if (!step) throw new Error("nothing was declared");
    return { deployment, step };
  };

  test("what was replaced is deleted, but not what has the same name on AWS", () => {
    const { deployment } = replaced();
    expect(deletionsOf(deployment.steps)).toHaveLength(1);

    const same = declare(QUEUE, "Jobs", { name: "one", fifoQueue: true });
    const again = deploy(deploy([], queue("one")).resources(), same);
    expect(opsOf(again)).toEqual(["replace"]);
    expect(deletionsOf(again.steps)).toEqual([]);

    const file = (key: string) => declare(OBJECT, "File", { bucket: "b", key });
    const moved = deploy(deploy([], file("old")).resources(), file("new"));
    expect(deletionsOf(moved.steps)).toHaveLength(1);
  });

  test("what could not be deleted is deleted by the next one, which uses the new resource", () => {
    const { deployment, step } = replaced();
    const state = resultOf(deployment.steps, new Set(), new Set([step]));
    expect(state.map((each) => [nameIn(each), each.delete ?? false])).toEqual([
      ["two", false],
      ["one", true],
    ]);
    const next = deploy(state, queue("two"));
    expect(opsOf(next)).toEqual(["same"]);
    expect(next.removed().map(nameIn)).toEqual(["one"]);
  });

  test("a step that was not done is done by the next one", () => {
    const { deployment, step } = replaced();
    const state = resultOf(deployment.steps, new Set([step]), new Set());
    expect(opsOf(deploy(state, queue("two")))).toEqual(["replace"]);
  });
});

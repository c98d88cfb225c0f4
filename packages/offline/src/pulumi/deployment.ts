import { randomBytes } from "node:crypto";

import type { Graph, GraphResource, Inputs } from "../synth/graph.ts";
import { localUrls } from "../synth/local-urls.ts";
import { call, newResource, type Place } from "../synth/mocks.ts";
import type { StandIns } from "../synth/stand-ins.ts";
import type { Step } from "./event-log.ts";
import { changedInputs, ignoringChanges, plain, textOf, withSecretsOf } from "./properties.ts";
import { nameOfUrn, type ResourceState, urnOf } from "./state.ts";

/** A resource that the config declares. */
export interface Declared {
  type: string;
  name: string;
  parent: string | undefined;
  custom: boolean;
  inputs: Inputs;
  protect: boolean;
  retainOnDelete: boolean;
  dependencies: string[];
  ignoreChanges: string[];
  replaceOnChanges: string[];
  additionalSecretOutputs: string[];
  /** URNs that it had before. */
  aliases: string[];
  importId: string;
}

/** Where a deployment goes: the stage, and the offline AWS that runs it. */
export interface Target extends Place {
  app: string;
  stage: string;
  /** `http://127.0.0.1:4599` */
  endpoint: string;
}

/** A change of one of these inputs replaces a resource, because AWS cannot change them. */
const IDENTITY: Readonly<Record<string, readonly string[]>> = {
  "aws:s3/bucketV2:BucketV2": ["bucket"],
  "aws:s3/bucket:Bucket": ["bucket"],
  "aws:s3/bucketObjectv2:BucketObjectv2": ["bucket", "key"],
  "aws:sqs/queue:Queue": ["name", "fifoQueue"],
  "aws:dynamodb/table:Table": ["name", "hashKey", "rangeKey"],
  "aws:lambda/function:Function": ["name", "packageType"],
  "aws:lambda/functionUrl:FunctionUrl": ["functionName"],
  "aws:lambda/eventSourceMapping:EventSourceMapping": ["eventSourceArn"],
  "aws:iam/role:Role": ["name"],
  "aws:sns/topic:Topic": ["name", "fifoTopic"],
  "aws:sfn/stateMachine:StateMachine": ["name"],
  "aws:cloudwatch/eventBus:EventBus": ["name"],
  "aws:cloudwatch/eventRule:EventRule": ["name", "eventBusName"],
  "random:index/randomBytes:RandomBytes": ["length", "keepers"],
};

/** Compares what a config declares with the state of its last deployment. */
export class Deployment {
  readonly #target: Target;
  readonly #standIns: StandIns;
  readonly #before: ReadonlyMap<string, ResourceState>;
  /** What earlier deployments have replaced and could not delete. */
  readonly #replaced: readonly ResourceState[];
  readonly #steps = new Map<string, Step>();

  constructor(target: Target, before: readonly ResourceState[], standIns: StandIns) {
    this.#target = target;
    this.#standIns = standIns;
    this.#before = new Map(
      before.filter((each) => !each.delete).map((resource) => [resource.urn, resource]),
    );
    this.#replaced = before.filter((each) => each.delete);
  }

  /** The steps so far, in the order of registration. */
  get steps(): Step[] {
    return [...this.#steps.values()];
  }

  /**
   * Adds a resource. Returns its state as it will be. Throws an error for a URN that is declared
   * twice.
   */
  register(declared: Declared): ResourceState {
    const { type, name, parent } = declared;
    const urn = urnOf(this.#target, type, name, parent);
    if (this.#steps.has(urn)) {
      throw new Error(`Duplicate resource URN '${urn}'; try giving it a unique name`);
    }
    const before = [urn, ...declared.aliases]
      .map((each) => this.#before.get(each))
      .find((found) => found !== undefined);
    const step = this.#stepFor(urn, declared, before);
    this.#steps.set(urn, step);
    return step.after as ResourceState;
  }

  /** Returns what AWS would return for a data source. Throws an error if offline has no answer. */
  lookUp(token: string, inputs: Inputs): Inputs {
    return call(token, inputs, this.#target, (type) =>
      this.resources()
        .filter((resource) => resource.type === type)
        .map(({ id = "", inputs: own }) => ({ id, inputs: plain(own) })),
    );
  }

  /** Sets the outputs of a component. */
  setOutputs(urn: string, outputs: Inputs): void {
    const step = this.#steps.get(urn);
    if (step?.after) step.after = { ...step.after, outputs };
  }

  /** Adds a resource that the config only refers to. */
  read(declared: Declared, id: string): ResourceState {
    const { type, name, parent, inputs } = declared;
    const urn = urnOf(this.#target, type, name, parent);
    const made = newResource(
      { type, name, id, inputs: plain(inputs) },
      this.#target,
      this.#standIns,
    );
    const after: ResourceState = {
      urn,
      custom: true,
      external: true,
      type,
      id,
      inputs,
      outputs: made.state,
      ...(parent !== undefined && { parent }),
    };
    this.#steps.set(urn, { op: "same", before: this.#before.get(urn), after, diffs: [] });
    return after;
  }

  /** What the config no longer declares, in the order of deletion. */
  removed(): ResourceState[] {
    const kept = new Set([...this.#steps.values()].map(({ before }) => before?.urn));
    const removed = [...this.#before.values()].filter(
      ({ urn }) => !kept.has(urn) && !this.#steps.has(urn),
    );
    return [...removed, ...this.#replaced].toReversed();
  }

  /** The resources of the finished deployment. */
  resources(): ResourceState[] {
    return this.steps.flatMap(({ after }) => after ?? []);
  }

  #stepFor(urn: string, declared: Declared, before: ResourceState | undefined): Step {
    const { type, parent, custom, protect, retainOnDelete, dependencies } = declared;
    // SST writes some URLs itself, such as that of a queue of which it knows only the ARN.
    const given = localUrls(declared.inputs, this.#target);
    const inputs = before ? ignoringChanges(given, before.inputs, declared.ignoreChanges) : given;
    const now = new Date().toISOString();
    const base: ResourceState = {
      urn,
      custom,
      type,
      inputs,
      outputs: {},
      ...(parent !== undefined && { parent }),
      ...(protect && { protect }),
      ...(retainOnDelete && { retainOnDelete }),
      ...(dependencies.length > 0 && { dependencies }),
      created: before?.created ?? now,
      modified: now,
    };
    // The outputs of a component come later.
    if (!custom) {
      const op = before ? "same" : "create";
      return { op, before, after: { ...base, outputs: before?.outputs ?? {} }, diffs: [] };
    }
    const diffs = before ? changedInputs(before.inputs, inputs) : [];
    if (before && diffs.length === 0) {
      const { id, outputs, modified } = before;
      const same = { ...base, outputs, ...(id !== undefined && { id }) };
      return { op: "same", before, after: { ...same, modified: modified ?? now }, diffs };
    }
    const fixed = new Set([...(IDENTITY[type] ?? []), ...declared.replaceOnChanges]);
    const isReplaced = before !== undefined && diffs.some((name) => fixed.has(name));
    const made = this.#make(declared, inputs, isReplaced ? undefined : before);
    const after = { ...base, ...made };
    if (!before) return { op: "create", before, after, diffs };
    return { op: isReplaced ? "replace" : "update", before, after, diffs };
  }

  #make(
    { type, name, importId, additionalSecretOutputs }: Declared,
    inputs: Inputs,
    before: ResourceState | undefined,
  ): Pick<ResourceState, "id" | "outputs"> {
    const given = plain(inputs);
    const made = newResource(
      { type, name, inputs: given, ...(importId !== "" && { id: importId }) },
      this.#target,
      this.#standIns,
    );
    const generated = before ? generatedOf(type, before.outputs) : generate(type, given);
    const outputs = localUrls({ ...made.state, ...generated }, this.#target);
    const { id } = localUrls({ id: made.id }, this.#target);
    return { id: textOf(id), outputs: withSecretsOf(outputs, inputs, additionalSecretOutputs) };
  }
}

const RANDOM_BYTES = "random:index/randomBytes:RandomBytes";

/** Values that are random at the creation of a resource, and then stay. */
function generate(type: string, inputs: Inputs): Inputs {
  if (type !== RANDOM_BYTES) return {};
  const bytes = randomBytes(Number(inputs["length"]));
  return { base64: bytes.toString("base64"), hex: bytes.toString("hex") };
}

function generatedOf(type: string, outputs: Inputs): Inputs {
  if (type !== RANDOM_BYTES) return {};
  const { base64, hex } = plain(outputs);
  return { base64, hex };
}

/** Returns the resources of a deployment as a graph, which a stack can run. */
export function graphOf(
  { app, stage, region, accountId }: Target,
  resources: readonly ResourceState[],
): Graph {
  const custom = resources.map(
    ({ urn, type, id = "", external = false, inputs, outputs }): GraphResource => ({
      type,
      name: nameOfUrn(urn),
      id,
      existing: external,
      inputs: plain(inputs),
      state: plain(outputs),
    }),
  );
  const stack = custom.find(({ type }) => type === "pulumi:pulumi:Stack");
  const { _protect, ...outputs } = stack?.state ?? {};
  return {
    app: { name: app, stage, removal: "", protect: _protect === true, providers: {} },
    region,
    accountId,
    resources: custom.toSorted((a, b) => (`${a.type} ${a.name}` < `${b.type} ${b.name}` ? -1 : 1)),
    functions: [],
    links: linksOf(custom),
    outputs,
    sources: [],
    warnings: [],
    deployed: true,
  };
}

const linksOf = (resources: readonly GraphResource[]): Graph["links"] =>
  Object.fromEntries(
    resources
      .filter(({ type }) => type === "sst:sst:LinkRef")
      .map(({ state }) => [textOf(state["target"]), (state["properties"] ?? {}) as Inputs]),
  );

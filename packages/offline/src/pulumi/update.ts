import fs from "node:fs";
import path from "node:path";

import { isUserError, OfflineError } from "../ground/error.ts";
import { StandIns } from "../synth/stand-ins.ts";
import { ACCOUNT_ID } from "../synth/synthesize.ts";
import { Account } from "./account.ts";
import { Deployment, graphOf, type Target } from "./deployment.ts";
import { runDynamic } from "./dynamic.ts";
import { EventLog, type Step } from "./event-log.ts";
import { engineOf, monitorOf } from "./monitor.ts";
import { textOf } from "./properties.ts";
import { runProgram } from "./program.ts";
import { type Backend, type ResourceState, State } from "./state.ts";
import { Wire } from "./wire.ts";

/** What SST's CLI passes to `pulumi`. */
export interface UpdateOptions {
  backend: Backend;
  /** The bundled config. */
  main: string;
  passphrase: string;
  eventLog: string | undefined;
  config: Readonly<Record<string, string>>;
}

/** One run of `pulumi`, with everything that it needs. */
interface Run extends UpdateOptions {
  target: Target;
  account: Account;
  state: State;
  log: EventLog;
  startedAt: number;
}

const OBJECT = "aws:s3/bucketObjectv2:BucketObjectv2";

const rootOf = (main: string): string => path.resolve(path.dirname(main), "..", "..");

async function open(options: UpdateOptions): Promise<Run> {
  const { backend, main, passphrase, config } = options;
  const account = await Account.find(rootOf(main), backend.stage);
  const target = {
    app: backend.app,
    stage: backend.stage,
    region: config["aws:region"] ?? process.env["SST_AWS_REGION"] ?? "us-east-1",
    accountId: ACCOUNT_ID,
    endpoint: account.endpoint,
  };
  return {
    ...options,
    target,
    account,
    state: State.read(backend, passphrase),
    log: new EventLog(options.eventLog),
    startedAt: performance.now(),
  };
}

/** Runs the config, and deploys what it declares. Returns false if it failed. */
export function up(options: UpdateOptions): Promise<boolean> {
  return reported(options, async (run) => {
    const deployment = await evaluate(run, false);
    if (!deployment) return false;
    const removed = deployment.removed();
    checkProtected(removed);
    return apply(run, deployment.steps, removed);
  });
}

/** Runs the config, and reports what a deployment would change. */
export function preview(options: UpdateOptions): Promise<boolean> {
  return reported(options, async (run) => {
    const deployment = await evaluate(run, true);
    if (!deployment) return false;
    const steps = changesOf(deployment.steps, deployment.removed());
    for (const step of steps) {
      run.log.before(step);
      run.log.after(step);
    }
    summarize(run, steps, true);
    return true;
  });
}

/** Deletes everything that is deployed. */
export function destroy(options: UpdateOptions): Promise<boolean> {
  return reported(options, async (run) => {
    const removed = run.state.resources.toReversed();
    checkProtected(removed);
    return apply(run, [], removed);
  });
}

/** Forgets the resources that somebody has deleted since the last deployment. */
export function refresh(options: UpdateOptions): Promise<boolean> {
  return reported(options, async (run) => {
    const { resources } = run.state;
    const steps: Step[] = [];
    for (const before of resources) {
      const isGone = run.account.isPhysical(before) && !(await run.account.exists(before));
      const step: Step = isGone
        ? { op: "delete", before, after: undefined, diffs: [] }
        : { op: "same", before, after: before, diffs: [] };
      run.log.before(step);
      run.log.after(step);
      steps.push(step);
    }
    run.state.write(steps.flatMap(({ after }) => after ?? []));
    summarize(run, steps, false);
    return true;
  });
}

async function evaluate(run: Run, isPreview: boolean): Promise<Deployment | undefined> {
  const { target, log, main, config, backend, state } = run;
  const platform = path.dirname(main);
  const deployment = new Deployment(target, state.resources, new StandIns(platform));
  let hasError = false;
  const server = await new Wire(platform).serve(
    monitorOf(deployment),
    engineOf(log, () => (hasError = true)),
  );
  try {
    const result = await runProgram({
      platform,
      main,
      folder: backend.folder,
      app: target.app,
      stage: target.stage,
      address: server.address,
      config,
      isPreview,
      onOutput: (text) => log.diagnostic("info", text.trimEnd()),
    });
    if (result?.failure !== undefined) log.diagnostic("error", result.failure);
    return result || hasError ? undefined : deployment;
  } finally {
    server.close();
  }
}

function checkProtected(removed: readonly ResourceState[]): void {
  const found = removed.find(({ protect }) => protect);
  if (!found) return;
  throw new OfflineError(
    "deploy.protected",
    `resource "${found.urn}" cannot be deleted because it is protected. To unprotect it, remove the protect flag from the resource in your config and deploy again.`,
  );
}

/**
 * Deploys the steps, and deletes what is removed. Writes the new state only after that. The code of
 * functions is uploaded first: it goes to a bucket of SST's CLI. Other files follow, because their
 * bucket may be new.
 */
async function apply(
  run: Run,
  steps: readonly Step[],
  removed: readonly ResourceState[],
): Promise<boolean> {
  const { account, log, state, target } = run;
  const resources = steps.flatMap(({ after }) => after ?? []);
  const changes = changesOf(steps, removed);
  for (const step of changes) log.before(step);

  const uploads = changes.flatMap(({ op, after }) =>
    op !== "same" && after?.type === OBJECT ? after : [],
  );
  const created = new Set(resources.map(({ id }) => id));
  const isLate = (after: ResourceState) => created.has(textOf(after.inputs["bucket"]));
  for (const upload of uploads.filter((each) => !isLate(each))) await account.upload(upload);
  const declared = changes.length > 0 ? await account.deploy(graphOf(target, resources)) : [];
  for (const upload of uploads.filter(isLate)) await account.upload(upload);
  await runDynamic(changes);

  const kept = await deleteAll(run, deletionsOf(changes));
  for (const step of changes) {
    const { urn = "" } = step.before ?? {};
    if (!kept.some((each) => each.urn === urn)) log.after(step);
  }
  state.write([...resources, ...kept]);
  if (declared.length > 0) {
    log.diagnostic("info", ["Declared but not run offline:", ...declared].join("\n  "));
  }
  summarize(run, changes, false);
  return kept.length === 0;
}

/** What exists on AWS before a deployment, and not after it. */
const deletionsOf = (changes: readonly Step[]): Step[] =>
  changes.filter(
    ({ op, before }) => (op === "delete" || op === "replace") && before && !before.retainOnDelete,
  );

/** Deletes resources. Returns those that could not be deleted. */
async function deleteAll(
  { account, log }: Run,
  deletions: readonly Step[],
): Promise<ResourceState[]> {
  const kept: ResourceState[] = [];
  for (const step of deletions) {
    const before = step.before as ResourceState;
    if (before.external) continue;
    try {
      if (before.type === OBJECT) await account.deleteObject(before);
      else await account.delete(before);
    } catch (error) {
      kept.push(before);
      log.diagnostic("error", `deleting ${before.urn}: ${(error as Error).message}`, before.urn);
      log.failed(step);
    }
  }
  return kept;
}

/**
 * Returns the steps that change something, and those of the parents of changed resources, by which
 * SST's CLI names them.
 */
function changesOf(steps: readonly Step[], removed: readonly ResourceState[]): Step[] {
  const all = [
    ...steps,
    ...removed.map((before): Step => ({ op: "delete", before, after: undefined, diffs: [] })),
  ];
  const byUrn = new Map(all.map((step) => [(step.after ?? step.before)?.urn, step]));
  const shown = new Set<Step>();
  const show = (step: Step | undefined): void => {
    if (!step || shown.has(step)) return;
    shown.add(step);
    show(byUrn.get((step.after ?? step.before)?.parent));
  };
  for (const step of all) if (step.op !== "same") show(step);
  return all.filter((step) => shown.has(step));
}

function summarize({ log, startedAt }: Run, steps: readonly Step[], isPreview: boolean): void {
  const changes: Record<string, number> = {};
  for (const { op } of steps) changes[op] = (changes[op] ?? 0) + 1;
  log.summary(changes, (performance.now() - startedAt) / 1000, isPreview);
}

/** Reports an error as an event, which SST's CLI prints. */
async function reported(
  options: UpdateOptions,
  act: (run: Run) => Promise<boolean>,
): Promise<boolean> {
  try {
    return await act(await open(options));
  } catch (error) {
    const { message, stack = message } = error as Error;
    const text = isUserError(error) ? message : stack;
    new EventLog(options.eventLog).diagnostic("error", text);
    return false;
  }
}

/** Reads the name and the program of the project that SST's CLI wrote. */
export function readProject(folder: string): { app: string; main: string } {
  const lines = fs.readFileSync(path.join(folder, "Pulumi.yaml"), "utf8").split("\n");
  const value = (name: string) =>
    lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2) ?? "";
  return { app: value("name"), main: value("main") };
}

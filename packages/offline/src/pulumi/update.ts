import fs from "node:fs";
import path from "node:path";

import { isUserError, OfflineError } from "../ground/error.ts";
import { StandIns } from "../synth/stand-ins.ts";
import { ACCOUNT_ID } from "../synth/synthesize.ts";
import { Account, OBJECT, thingOf } from "./account.ts";
import { Deployment, graphOf, type Target } from "./deployment.ts";
import { isDynamic, runDynamic } from "./dynamic.ts";
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
 * Deploys the steps, and deletes what is removed. The code of functions is uploaded first: it goes
 * to a bucket of SST's CLI. Until the stack runs the new graph, an error leaves everything as it
 * was. After that, a step that fails leaves its resource in the state as it was, and the next
 * deployment tries it again.
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

  const uploads = changes.filter(({ op, after }) => op !== "same" && after?.type === OBJECT);
  const declaredIds = new Set(resources.map(({ id }) => id));
  const isOfApp = ({ after }: Step) => declaredIds.has(textOf(after?.inputs["bucket"]));
  const upload = async ({ after }: Step) => after && account.upload(after);
  for (const step of uploads.filter((each) => !isOfApp(each))) await upload(step);
  const declared = changes.length > 0 ? await account.deploy(graphOf(target, resources)) : [];

  const undone = await attemptAll(run, uploads.filter(isOfApp), upload);
  for (const step of await attemptAll(run, changes, runDynamic)) undone.add(step);
  const deletions = deletionsOf(changes.filter((step) => !undone.has(step)));
  const undeleted = await attemptAll(
    run,
    deletions,
    async ({ before }) => before && account.delete(before),
  );

  for (const step of changes) if (!undone.has(step) && !undeleted.has(step)) log.after(step);
  state.write(resultOf(steps, undone, undeleted));
  const others = declared.filter((title) => !isDynamic(title));
  if (others.length > 0) {
    log.diagnostic("info", ["Declared but not run offline:", ...others].join("\n  "));
  }
  summarize(run, changes, false);
  return undone.size + undeleted.size === 0;
}

/** Does something for each step. Reports the steps that fail, and returns them. */
async function attemptAll(
  { log }: Run,
  steps: readonly Step[],
  act: (step: Step) => Promise<unknown>,
): Promise<Set<Step>> {
  const failed = new Set<Step>();
  for (const step of steps) {
    try {
      await act(step);
    } catch (error) {
      failed.add(step);
      const { urn = "" } = step.after ?? step.before ?? {};
      log.diagnostic("error", `${urn}: ${(error as Error).message}`, urn);
      log.failed(step);
    }
  }
  return failed;
}

/**
 * Returns the resources after a deployment. A step that is `undone` has changed nothing; what is
 * `undeleted` is deleted by the next deployment.
 */
export function resultOf(
  steps: readonly Step[],
  undone: ReadonlySet<Step>,
  undeleted: ReadonlySet<Step>,
): ResourceState[] {
  const current = steps.flatMap((step) => (undone.has(step) ? step.before : step.after) ?? []);
  const left = [...undeleted].flatMap(({ op, before }): ResourceState[] => {
    if (!before) return [];
    return [op === "delete" ? before : { ...before, delete: true }];
  });
  return [...current, ...left];
}

/** What exists on AWS before a deployment, and not after it. */
export const deletionsOf = (changes: readonly Step[]): Step[] =>
  changes.filter(({ op, before, after }) => {
    if (!before || before.retainOnDelete || before.external) return false;
    return op === "delete" || (op === "replace" && after && thingOf(before) !== thingOf(after));
  });

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

/** Reads where the program is, from the project that SST's CLI wrote. */
export function mainOf(folder: string): string {
  const lines = fs.readFileSync(path.join(folder, "Pulumi.yaml"), "utf8").split("\n");
  return lines.find((line) => line.startsWith("main: "))?.slice("main: ".length) ?? "";
}

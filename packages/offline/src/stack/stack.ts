import { Control } from "../edge/control.ts";
import { type Credentials, Keyring } from "../edge/credentials.ts";
import { Faults } from "../edge/faults.ts";
import { Meter } from "../edge/meter.ts";
import { Edge } from "../edge/server.ts";
import { cloudwatch } from "../service/cloudwatch/provision.ts";
import type { Metrics } from "../service/cloudwatch/metrics.ts";
import type { StackOptions } from "../service/service.ts";
import { bindings } from "../synth/bindings.ts";
import type { Graph } from "../synth/graph.ts";
import { synthesize } from "../synth/synthesize.ts";
import { commandsOf } from "./commands.ts";
import { type Plan, plan as planOf } from "./plan.ts";
import { addressesOf, Services } from "./services.ts";
import {
  checkNotRunning,
  checkStage,
  removeStackFile,
  stageFolder,
  stageSecret,
  writeStackFile,
} from "./stage-files.ts";

export interface Stack {
  graph: Graph;
  plan: Plan;
  endpoint: string;
  /** Authorizes control commands. */
  token: string;
  /** The metrics of its functions. */
  metrics: Metrics;
  /** Credentials of the stage's owner, who may do anything in it. */
  owner: Credentials;
  /** The environment of a program that uses this stack: what `sst shell` sets, and the endpoint. */
  env: Record<string, string>;
  /** Stops everything. The data stays. */
  close(): Promise<void>;
}

/**
 * Evaluates the config in `root`, unless `evaluated` is its graph already, and runs the app on one
 * port of 127.0.0.1. Throws `OfflineError` if the app cannot run. Nothing is left running then.
 */
export async function startStack(options: StackOptions, evaluated?: Graph): Promise<Stack> {
  const { root, stage, onEvent } = options;
  checkStage(stage);
  await checkNotRunning(root, stage);
  // First, because a taken port is the most frequent failure.
  const edge = await Edge.listen(options.port);
  const services = new Services();
  let hasStackFile = false;
  const close = () =>
    runAll([
      () => hasStackFile && removeStackFile(root, stage),
      ...services.all.toReversed().map((running) => () => running.stop?.()),
      () => edge.close(),
      ...services.all.toReversed().map((running) => () => running.close?.()),
    ]);
  try {
    const graph = evaluated ?? (await synthesize({ root, stage }));
    const { region, accountId } = graph;
    const plan = planOf(graph);
    const keyring = new Keyring(stageSecret(root, stage));
    const owner = keyring.issue({ type: "root", accountId });
    const authority = services.createAuthority(plan, graph, (denial) =>
      onEvent({ type: "denied", ...denial }),
    );
    const checks = { keyring, authority, meter: new Meter(), faults: new Faults() };

    const { endpoint } = edge;
    const addresses = addressesOf(plan, endpoint, accountId);
    const environment = {
      AWS_REGION: region,
      AWS_DEFAULT_REGION: region,
      AWS_ENDPOINT_URL: endpoint,
    };
    const folder = stageFolder(root, stage);
    await services.open(
      { options, graph, folder, endpoint, addresses, environment, ...checks },
      plan,
    );

    const control = new Control(commandsOf(services.all, checks));
    const fronts = services.all.flatMap(({ front }) => front ?? []);
    const endpoints = services.all.flatMap((running) => running.endpoint ?? []);
    edge.serve(fronts, [...endpoints, control], checks);
    await services.start();

    const env = {
      ...bindings(graph, graph.links, addresses),
      ...environment,
      AWS_ACCESS_KEY_ID: owner.accessKeyId,
      AWS_SECRET_ACCESS_KEY: owner.secretAccessKey,
    };
    const { token } = control;
    writeStackFile(root, stage, { pid: process.pid, endpoint, token, env });
    hasStackFile = true;
    const { metrics } = services.of(cloudwatch);
    return { graph, plan, endpoint, token, metrics, owner, env, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Runs all steps in order, even if some fail. Throws an `AggregateError` of their errors. */
async function runAll(steps: readonly (() => unknown)[]): Promise<void> {
  const errors: unknown[] = [];
  for (const step of steps) {
    try {
      await step();
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw new AggregateError(errors, "parts of the stack failed to stop");
}

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
  announce,
  checkNotRunning,
  checkStage,
  stageFolder,
  stageSecret,
  withdraw,
} from "./stage-files.ts";

export interface Stack {
  graph: Graph;
  plan: Plan;
  endpoint: string;
  /** Opens the control commands. */
  token: string;
  /** What its functions have measured. */
  metrics: Metrics;
  /** Credentials of the stage's owner, who may do anything in it. */
  owner: Credentials;
  /** What `sst shell` would set, for a program that uses this stack. */
  env: Record<string, string>;
  /** Stops everything. The data stays. */
  close(): Promise<void>;
}

/**
 * Evaluates the config of `root` and runs what it describes, on one address of 127.0.0.1. `evaluated` is the graph of the config,
 * if it is known already. Throws `OfflineError` with what is wrong and what to do; nothing is left running then.
 */
export async function startStack(options: StackOptions, evaluated?: Graph): Promise<Stack> {
  const { root, stage, onEvent } = options;
  checkStage(stage);
  await checkNotRunning(root, stage);
  // Before anything else: a port that is taken is the most frequent failure.
  const edge = await Edge.listen(options.port);
  const services = new Services();
  let isAnnounced = false;
  const close = () =>
    inOrder([
      () => isAnnounced && withdraw(root, stage),
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
    const authority = services.authorityOver(plan, graph, (denial) =>
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
    announce(root, stage, { pid: process.pid, endpoint, token, env });
    isAnnounced = true;
    const { metrics } = services.of(cloudwatch);
    return { graph, plan, endpoint, token, metrics, owner, env, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Runs every step, also after one has failed. Throws an `AggregateError` of their errors. */
async function inOrder(steps: readonly (() => unknown)[]): Promise<void> {
  const errors: unknown[] = [];
  for (const step of steps) {
    try {
      await step();
    } catch (error) {
      errors.push(error); // the other parts must be closed all the same
    }
  }
  if (errors.length > 0)
    throw new AggregateError(errors, "the stack could not be stopped in order");
}

import { bindings } from "./bindings.ts";
import { Metrics } from "./cloudwatch/metrics.ts";
import { controlCommands } from "./commands.ts";
import { Authority, type Denial } from "./edge/authority.ts";
import { Control } from "./edge/control.ts";
import { type Credentials, Keyring } from "./edge/credentials.ts";
import { Faults } from "./edge/faults.ts";
import { Meter } from "./edge/meter.ts";
import { Edge } from "./edge/server.ts";
import { Functions } from "./functions.ts";
import { RuntimeApi } from "./lambda/runtime-api.ts";
import { type Plan, plan as planOf } from "./provision/index.ts";
import {
  announce,
  checkStage,
  refuseSecondStack,
  stageFolder,
  stageSecret,
  withdraw,
} from "./stage-files.ts";
import { openStores, provision } from "./stores.ts";
import type { Graph } from "./synth/graph.ts";
import { synthesize } from "./synth/index.ts";

export interface StackOptions {
  root: string;
  stage: string;
  /** 0: any that is free. */
  port: number;
  /** After how many seconds a failed message comes back to its function. */
  retrySeconds: number;
  /** At most so many processes for one function, whatever concurrency it declares. */
  workers: number;
  /** Whether event source mappings run; without them, messages stay in their queues. */
  polling: boolean;
  /** A function that cannot be built is told of, and built when it is mended, instead of failing the start. */
  patient?: boolean;
  onEvent: (event: StackEvent) => void;
}

/** What a stack has to say while it runs. */
export type StackEvent =
  | { type: "log"; fn: string; line: string; requestId: string | undefined }
  | { type: "rebuilt"; fn: string; error: string | undefined }
  | ({ type: "denied" } & Denial)
  | { type: "problem"; message: string };

export interface Stack {
  graph: Graph;
  plan: Plan;
  endpoint: string;
  /** Opens the control commands. */
  token: string;
  /** What its functions have measured. */
  metrics: Metrics;
  /** Whoever owns the stage may do anything in it. */
  owner: Credentials;
  /** For a program that is to find this stack: what `sst shell` would set. */
  env: Record<string, string>;
  /** Stops everything and leaves the data where it is. */
  close(): Promise<void>;
}

/**
 * Evaluates the config of `root` and runs what it describes, on one address of 127.0.0.1.
 * @param evaluated the graph of the config, where it is known already.
 * @throws OfflineError with what is wrong and what to do; nothing is left running then.
 */
export async function startStack(options: StackOptions, evaluated?: Graph): Promise<Stack> {
  const { root, stage, onEvent } = options;
  checkStage(stage);
  await refuseSecondStack(root, stage);
  // Before anything else: it is where most starts fail that do.
  const edge = await Edge.listen(options.port);
  const stored: (() => unknown)[] = [];
  const closers: (() => unknown)[] = [() => edge.close()];
  const close = async () => {
    const errors: unknown[] = [];
    for (const closer of [...stored.splice(0), ...closers.splice(0)].toReversed()) {
      try {
        await closer();
      } catch (error) {
        errors.push(error); // the others have to be closed all the same
      }
    }
    if (errors.length > 0)
      throw new AggregateError(errors, "the stack could not be stopped in order");
  };
  try {
    const graph = evaluated ?? (await synthesize({ root, stage }));
    const { region, accountId } = graph;
    const plan = planOf(graph);
    const keyring = new Keyring(stageSecret(root, stage));
    const owner = keyring.issue({ type: "root", accountId });
    const authority = new Authority(plan, graph, (denial) =>
      onEvent({ type: "denied", ...denial }),
    );
    const checks = { keyring, authority, meter: new Meter(), faults: new Faults() };

    const stores = await openStores(stageFolder(root, stage), graph, checks, stored);
    const { address, endpoint } = edge;
    await provision(plan, stores, authority, accountId);

    const addresses = addressesOf(plan, endpoint, accountId);
    const place = { AWS_REGION: region, AWS_DEFAULT_REGION: region, AWS_ENDPOINT_URL: endpoint };
    const runtimeApi = new RuntimeApi();
    const metrics = new Metrics();
    const functions = new Functions({
      options,
      graph,
      plan,
      keyring,
      authority,
      runtimeApi,
      address,
      addresses,
      metrics,
      place,
    });
    closers.push(() => functions.close());
    const control = new Control(controlCommands(plan, stores, functions, accountId, checks));
    const { urls } = functions;
    edge.serve(
      { ...stores, ...checks, endpoint, region, accountId, urls, metrics },
      runtimeApi,
      control,
    );
    await functions.start();

    const env = {
      ...bindings(graph, graph.links, addresses),
      ...place,
      AWS_ACCESS_KEY_ID: owner.accessKeyId,
      AWS_SECRET_ACCESS_KEY: owner.secretAccessKey,
    };
    const { token } = control;
    announce(root, stage, { pid: process.pid, endpoint, token, env });
    closers.push(() => withdraw(root, stage));
    return { graph, plan, endpoint, token, metrics, owner, env, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Where this stack has what AWS would have elsewhere, by AWS's URL. */
function addressesOf(plan: Plan, endpoint: string, accountId: string): Map<string, string> {
  const addresses = new Map<string, string>();
  for (const { name, url } of plan.queues) addresses.set(url, `${endpoint}/${accountId}/${name}`);
  for (const { url } of plan.functions) {
    if (url) addresses.set(url.declared, `${endpoint}/_url/${url.urlId}/`);
  }
  return addresses;
}

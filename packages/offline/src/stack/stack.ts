import type { Authority } from "../edge/authority.ts";
import { type Commands, Control } from "../edge/control.ts";
import { type Credentials, Keyring } from "../edge/credentials.ts";
import { Faults } from "../edge/faults.ts";
import { Meter } from "../edge/meter.ts";
import { Edge } from "../edge/server.ts";
import { certificateOf } from "../service/appsync/certificate.ts";
import type { Metrics } from "../service/cloudwatch/metrics.ts";
import { cloudwatch } from "../service/cloudwatch/provision.ts";
import type { Running, Service, StackOptions } from "../service/service.ts";
import { type Addresses, bindings } from "../synth/bindings.ts";
import type { Graph } from "../synth/graph.ts";
import { synthesize } from "../synth/synthesize.ts";
import { commandsOf, deployCommand } from "./commands.ts";
import { checkOrigin, emptyGraph, readDeployed, writeDeployed } from "./deployments.ts";
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
  readonly graph: Graph;
  readonly plan: Plan;
  readonly endpoint: string;
  /** Authorizes control commands. */
  readonly token: string;
  /** The metrics of its functions. */
  readonly metrics: Metrics;
  /** Credentials of the stage's owner, who may do anything in it. */
  readonly owner: Credentials;
  /** The environment of a program that uses this stack: what `sst shell` sets, and the endpoint. */
  readonly env: Record<string, string>;
  /** Stops everything. The data stays. */
  close(): Promise<void>;
}

/** One graph, running. */
interface Version {
  graph: Graph;
  plan: Plan;
  services: Services;
  authority: Authority;
  addresses: Addresses;
}

/**
 * Runs an app on one port of 127.0.0.1: what SST's CLI has deployed if the stack is `deployable`,
 * or else what the config in `root` evaluates to, unless `evaluated` is its graph already. Throws
 * `OfflineError` if the app cannot run. Nothing is left running then.
 */
export async function startStack(options: StackOptions, evaluated?: Graph): Promise<Stack> {
  const { root, stage, deployable = false } = options;
  checkStage(stage);
  await checkNotRunning(root, stage);
  checkOrigin(root, stage, deployable);
  const deployed = deployable ? readDeployed(root, stage) : undefined;
  // First, because a taken port is the most frequent failure. The URLs of a deployment contain it.
  const edge = await Edge.listen(deployed?.port ?? options.port);
  let stack: RunningStack | undefined;
  try {
    stack = new RunningStack(options, edge);
    const graph = deployable
      ? (deployed?.graph ?? emptyGraph(stage))
      : (evaluated ?? (await synthesize({ root, stage })));
    await stack.run(graph);
    return stack;
  } catch (error) {
    await (stack ?? edge).close();
    throw error;
  }
}

class RunningStack implements Stack {
  readonly endpoint: string;
  readonly owner: Credentials;
  readonly token: string;
  readonly #options: StackOptions;
  readonly #edge: Edge;
  readonly #keyring: Keyring;
  readonly #meter = new Meter();
  readonly #faults = new Faults();
  readonly #control = new Control();
  /** The context of the services, which lasts when the graph changes. */
  readonly #stage = {};
  /** Deployments run one after the other. */
  #deploying = Promise.resolve();
  #version: Version | undefined;
  #hasStackFile = false;

  constructor(options: StackOptions, edge: Edge) {
    this.#options = options;
    this.#edge = edge;
    this.#keyring = new Keyring(stageSecret(options.root, options.stage));
    this.endpoint = edge.endpoint;
    this.token = this.#control.token;
    this.owner = { accessKeyId: "", secretAccessKey: "" };
  }

  get graph(): Graph {
    return this.#current.graph;
  }

  get plan(): Plan {
    return this.#current.plan;
  }

  get metrics(): Metrics {
    return this.#current.services.of(cloudwatch).metrics;
  }

  get env(): Record<string, string> {
    const { graph, addresses } = this.#current;
    return {
      ...bindings(graph, graph.links, addresses),
      ...this.#environmentOf(graph),
      AWS_ACCESS_KEY_ID: this.owner.accessKeyId,
      AWS_SECRET_ACCESS_KEY: this.owner.secretAccessKey,
    };
  }

  get #current(): Version {
    if (!this.#version) throw new Error("the stack is not running");
    return this.#version;
  }

  /** Runs a graph for the first time. */
  async run(graph: Graph): Promise<void> {
    const { root, stage, deployable } = this.#options;
    Object.assign(this.owner, this.#keyring.issue({ type: "root", accountId: graph.accountId }));
    if (deployable) await certificateOf(stageFolder(root, stage));
    await this.#open(graph, planOf(graph));
    if (deployable) this.#persist();
    this.#announce();
  }

  /**
   * Runs another graph in the place of the current one. Requests wait meanwhile. If the graph cannot
   * run, the current one runs on, and the error is thrown. Returns what it does not run.
   */
  deploy(graph: Graph): Promise<string[]> {
    const deployed = this.#deploying.then(() => this.#replace(graph));
    this.#deploying = deployed.then(
      () => undefined,
      () => undefined,
    );
    return deployed;
  }

  async close(): Promise<void> {
    const { root, stage } = this.#options;
    await this.#deploying;
    const services = this.#version?.services.all ?? [];
    await runAll([
      () => this.#hasStackFile && removeStackFile(root, stage),
      ...services.toReversed().map((running) => () => running.stop?.()),
      () => this.#edge.close(),
      ...services.toReversed().map((running) => () => running.close?.()),
    ]);
  }

  async #replace(graph: Graph): Promise<string[]> {
    const plan = planOf(graph);
    const before = this.#current;
    const kept = before.services.lasting;
    await this.#end(kept);
    try {
      await this.#open(graph, plan, kept);
    } catch (error) {
      await this.#end(kept);
      await this.#open(before.graph, before.plan, kept);
      throw error;
    }
    this.#persist();
    this.#announce();
    return plan.declared;
  }

  /** Stops and closes the services of the current graph, except for those that last. */
  async #end(kept: ReadonlyMap<Service, Running>): Promise<void> {
    const lasting = new Set(kept.values());
    const ending = this.#current.services.all.filter((running) => !lasting.has(running));
    await runAll(ending.toReversed().map((running) => () => running.stop?.()));
    await this.#edge.pause();
    await runAll(ending.toReversed().map((running) => () => running.close?.()));
  }

  /** Lets other processes find the stack. */
  #announce(): void {
    const { root, stage } = this.#options;
    const { endpoint, token, env } = this;
    writeStackFile(root, stage, { pid: process.pid, endpoint, token, env });
    this.#hasStackFile = true;
  }

  async #open(graph: Graph, plan: Plan, kept?: ReadonlyMap<Service, Running>): Promise<void> {
    const { endpoint } = this;
    const { root, stage: name, onEvent, deployable } = this.#options;
    const services = new Services();
    const authority = services.createAuthority(plan, graph, (denial) =>
      onEvent({ type: "denied", ...denial }),
    );
    const addresses = addressesOf(plan, endpoint, graph.accountId);
    // Before the services open, so that `close` ends those that are open after a failure.
    this.#version = { graph, plan, services, authority, addresses };
    const checks = {
      keyring: this.#keyring,
      authority,
      meter: this.#meter,
      faults: this.#faults,
    };
    const environment = this.#environmentOf(graph);
    const folder = stageFolder(root, name);
    const { owner } = this;
    const stage = Object.assign(this.#stage, {
      options: this.#options,
      graph,
      folder,
      endpoint,
      addresses,
      environment,
      owner,
      ...checks,
    });
    await services.open(stage, plan, kept);
    const own: Commands = deployable ? deployCommand(name, (next) => this.deploy(next)) : {};
    this.#control.commands = { ...commandsOf(services.all, checks), ...own };
    const fronts = services.all.flatMap(({ front }) => front ?? []);
    const endpoints = services.all.flatMap((running) => running.endpoint ?? []);
    this.#edge.serve(fronts, [...endpoints, this.#control], checks);
    await services.start();
  }

  #environmentOf({ region }: Graph): Record<string, string> {
    return {
      AWS_REGION: region,
      AWS_DEFAULT_REGION: region,
      AWS_ENDPOINT_URL: this.endpoint,
    };
  }

  #persist(): void {
    const { root, stage } = this.#options;
    writeDeployed(root, stage, {
      graph: this.graph,
      port: Number(new URL(this.endpoint).port),
    });
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

import path from "node:path";

import { SQSClient } from "@aws-sdk/client-sqs";

import { type Addresses, bindings, relocated } from "./bindings.ts";
import { parseEmf } from "./cloudwatch/emf.ts";
import type { Metrics } from "./cloudwatch/metrics.ts";
import type { Authority } from "./edge/authority.ts";
import type { Credentials, Keyring } from "./edge/credentials.ts";
import { OfflineError } from "./error.ts";
import type { Principal } from "@waybill/iam";
import { type Builder, buildFunction } from "./lambda/build.ts";
import { LambdaFunction } from "./lambda/function.ts";
import { Mapping } from "./lambda/mapping.ts";
import type { RuntimeApi } from "./lambda/runtime-api.ts";
import { FunctionUrls } from "./lambda/url.ts";
import { platformOf } from "./platform.ts";
import type { FunctionPlan } from "./provision/function.ts";
import type { Plan } from "./provision/index.ts";
import type { StackOptions } from "./stack.ts";
import { stageFolder } from "./stage-files.ts";
import type { Graph } from "./synth/graph.ts";

export interface Surroundings {
  options: StackOptions;
  graph: Graph;
  plan: Plan;
  keyring: Keyring;
  authority: Authority;
  runtimeApi: RuntimeApi;
  /** `127.0.0.1:4599` */
  address: string;
  addresses: Addresses;
  metrics: Metrics;
  /** The region, and where AWS is, as the SDKs read them. */
  place: Record<string, string>;
}

/** How long a stack that stops waits for invocations under way; their messages come back otherwise. */
const GRACE_MILLISECONDS = 3000;

/** The functions of a stage, and what brings events to them. */
export class Functions {
  readonly urls = new FunctionUrls();
  readonly mappings: Mapping[] = [];
  readonly #surroundings: Surroundings;
  readonly #builders: Builder[] = [];
  readonly #running: LambdaFunction[] = [];

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings;
  }

  /**
   * Starts all of them. `close` ends what was started, also after a failure.
   * @throws OfflineError `function.no_handler`, `function.build_failed`, `function.role_not_assumable`.
   */
  async start(): Promise<void> {
    const starts = this.#surroundings.plan.functions.map((fn) => this.#start(fn));
    // All of them have to be over before what they have started can be closed.
    await Promise.allSettled(starts);
    await Promise.all(starts);
  }

  /** Takes no more events, and ends when what is under way has ended, or had its time to. */
  async close(): Promise<void> {
    const end = () => this.#running.forEach((lambda) => lambda.close());
    const patience = setTimeout(end, GRACE_MILLISECONDS);
    await Promise.all(this.mappings.map((mapping) => mapping.close()));
    clearTimeout(patience);
    end();
    await Promise.all(this.#builders.map((builder) => builder.close()));
  }

  /** Ends workers as failing machines would. @returns how many. */
  killWorkers(which: "all" | "one"): number {
    return this.#running.reduce((killed, fn) => killed + fn.killWorkers(which), 0);
  }

  async #start(fn: FunctionPlan): Promise<void> {
    const { graph, keyring, authority, addresses, place } = this.#surroundings;
    if (!authority.mayAssume(fn)) {
      throw new OfflineError(
        "function.role_not_assumable",
        `the role ${fn.role.name} cannot be assumed by Lambda: its trust policy must name lambda.amazonaws.com.`,
      );
    }
    const { accountId } = graph;
    const principal = { type: "role", arn: fn.role.arn, accountId, session: fn.name } as const;
    const credentials = keyring.issue(principal);
    const lambda = await this.#run(fn, principal, {
      TZ: ":UTC",
      ...relocated(fn.environment, addresses),
      ...bindings(graph, fn.source.links, addresses),
      ...lambdaEnvironment(fn, credentials),
      ...place,
    });
    this.#running.push(lambda);
    if (fn.url) this.urls.add({ ...fn.url, fn: lambda, accountId });
    if (this.#surroundings.options.polling) this.#poll(fn, lambda, credentials);
  }

  async #run(
    fn: FunctionPlan,
    principal: Principal,
    env: Record<string, string>,
  ): Promise<LambdaFunction> {
    const { options, runtimeApi, address } = this.#surroundings;
    const { root, stage, workers, onEvent } = options;
    const platform = platformOf(root);
    const out = path.join(stageFolder(root, stage), "functions", fn.source.id);
    let lambda: LambdaFunction | undefined;
    const onRebuild = (error?: string) => {
      if (error === undefined) lambda?.reload();
      onEvent({ type: "rebuilt", fn: fn.name, error });
    };
    const builder = await buildFunction({ root, platform, out }, fn.source, onRebuild, options);
    this.#builders.push(builder);
    const mayLog = this.#logAuthority(fn, principal);
    return (lambda = new LambdaFunction(
      {
        name: fn.name,
        arn: fn.arn,
        timeoutSeconds: fn.timeoutSeconds,
        env: { ...env, LAMBDA_TASK_ROOT: out },
        concurrency: workers,
      },
      builder.build,
      {
        platform,
        address,
        runtimeApi,
        onLine: (line, requestId) => {
          // Embedded metrics are read from the log, so without a log there are none.
          if (!mayLog()) return;
          this.#measure(line);
          onEvent({ type: "log", fn: fn.name, line, requestId });
        },
        onFailure: (error) => onEvent({ type: "problem", message: `${fn.name}: ${error}` }),
      },
    ));
  }

  #measure(line: string): void {
    const { metrics, options } = this.#surroundings;
    try {
      for (const datum of parseEmf(line)) metrics.add(datum);
    } catch (error) {
      if (!(error instanceof OfflineError)) throw error;
      options.onEvent({ type: "problem", message: error.message });
    }
  }

  /** Lambda writes a function's log with the function's authority, and drops it where there is none. */
  #logAuthority(fn: FunctionPlan, principal: Principal): () => boolean {
    const { graph, authority, options } = this.#surroundings;
    const group = `arn:aws:logs:${graph.region}:${graph.accountId}:log-group:${fn.logGroup}`;
    const needed = ["logs:CreateLogStream", "logs:PutLogEvents"].map((action) => ({
      action,
      resource: `${group}:log-stream:offline`,
      context: {},
    }));
    let told: string | undefined;
    return () => {
      const refused = authority.refuses(principal, needed)?.message;
      if (refused !== undefined && refused !== told) {
        options.onEvent({ type: "problem", message: `${fn.name} has no log: ${refused}` });
      }
      told = refused;
      return refused === undefined;
    };
  }

  #poll(fn: FunctionPlan, lambda: LambdaFunction, credentials: Credentials): void {
    const { graph, plan, options, addresses, address } = this.#surroundings;
    const { region } = graph;
    for (const mapping of fn.mappings) {
      const queue = plan.queues.find(({ arn }) => arn === mapping.queueArn);
      const queueUrl = addresses.get(queue?.url ?? "");
      if (queueUrl === undefined) {
        throw new OfflineError(
          "provision.no_queue",
          `${fn.name} is subscribed to ${mapping.queueArn}, which is no queue of this app.`,
        );
      }
      const { concurrency } = lambda.settings;
      this.mappings.push(
        new Mapping(
          {
            ...mapping,
            queueUrl,
            region,
            concurrency: Math.min(concurrency, mapping.maximumConcurrency ?? concurrency),
            retrySeconds: options.retrySeconds,
          },
          lambda,
          new SQSClient({ region, endpoint: `http://${address}`, credentials }),
          (message) => options.onEvent({ type: "problem", message }),
        ),
      );
    }
  }
}

/** What only Lambda sets. */
function lambdaEnvironment(fn: FunctionPlan, credentials: Credentials): Record<string, string> {
  return {
    AWS_LAMBDA_FUNCTION_NAME: fn.name,
    AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(fn.memoryMb),
    AWS_LAMBDA_LOG_GROUP_NAME: fn.logGroup,
    AWS_LAMBDA_LOG_STREAM_NAME: "offline",
    AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
    AWS_EXECUTION_ENV: `AWS_Lambda_${fn.source.runtime}`,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  };
}

import path from "node:path";

import { SQSClient } from "@aws-sdk/client-sqs";
import type { Principal } from "@waybill/iam";

import type { Credentials } from "../../edge/credentials.ts";
import { OfflineError } from "../../ground/error.ts";
import { bindings, relocated } from "../../synth/bindings.ts";
import { platformOf } from "../../synth/platform.ts";
import { parseEmf } from "../cloudwatch/emf.ts";
import type { Metrics } from "../cloudwatch/metrics.ts";
import type { Stage } from "../service.ts";
import { planQueues } from "../sqs/provision.ts";
import { type Builder, buildFunction } from "./build.ts";
import { stubEnvironment, unpackFunction } from "./code.ts";
import { LambdaFunction } from "./function.ts";
import type { FunctionUrls } from "./function-urls.ts";
import { GRACE_MILLISECONDS } from "./limits.ts";
import { Mapping } from "./mapping.ts";
import { type FunctionPlan, STUB_RUNTIME } from "./plan.ts";
import type { Outcome, RuntimeApi } from "./runtime-api.ts";
import { StreamMappings } from "./stream-mappings.ts";

export interface FunctionsOptions {
  stage: Stage;
  runtimeApi: RuntimeApi;
  urls: FunctionUrls;
  metrics: Metrics;
}

/** The functions of a stage, and their event source mappings. */
export class Functions {
  readonly mappings: Mapping[] = [];
  readonly streams: StreamMappings;
  readonly #plans: readonly FunctionPlan[];
  readonly #options: FunctionsOptions;
  readonly #builders: Builder[] = [];
  readonly #running: LambdaFunction[] = [];

  constructor(plans: readonly FunctionPlan[], options: FunctionsOptions) {
    this.#plans = plans;
    this.#options = options;
    this.streams = new StreamMappings(options.stage);
  }

  /**
   * Builds and starts all functions. Throws `OfflineError` (`function.no_handler`,
   * `function.unknown_option`, `function.build_failed`, `function.role_not_assumable`) if it
   * cannot; `close` then stops those that have started.
   */
  async start(): Promise<void> {
    const starts = this.#plans.map((fn) => this.#start(fn));
    // `close` must not be called while one of them is still starting.
    await Promise.allSettled(starts);
    await Promise.all(starts);
  }

  /** Stops polling, and ends running invocations after `GRACE_MILLISECONDS`. */
  async close(): Promise<void> {
    const end = () => this.#running.forEach((lambda) => lambda.close());
    const timer = setTimeout(end, GRACE_MILLISECONDS);
    await Promise.all([...this.mappings, this.streams].map((mapping) => mapping.close()));
    clearTimeout(timer);
    end();
    await Promise.all(this.#builders.map((builder) => builder.close()));
  }

  /** The ARN of a function, by name or ARN. */
  arnOf(nameOrArn: string): string | undefined {
    return this.#plans.find(({ name, arn }) => name === nameOrArn || arn === nameOrArn)?.arn;
  }

  /** Invokes a function with a JSON event. Never rejects. */
  async invoke(arn: string, payload: string): Promise<Outcome> {
    const fn = this.#running.find(({ settings }) => settings.arn === arn);
    return fn?.invoke(payload) ?? { ok: false, error: "the function does not run" };
  }

  /** Kills all workers of each function, or one. Returns how many were killed. */
  killWorkers(which: "all" | "one"): number {
    return this.#running.reduce((killed, fn) => killed + fn.killWorkers(which), 0);
  }

  async #start(fn: FunctionPlan): Promise<void> {
    const { graph, keyring, authority, addresses, environment, options, folder } =
      this.#options.stage;
    if (!authority.mayAssume(fn.role, "lambda.amazonaws.com")) {
      throw new OfflineError(
        "function.role_not_assumable",
        `Lambda cannot assume the role ${fn.role.name}: its trust policy must allow sts:AssumeRole to lambda.amazonaws.com.`,
      );
    }
    const { accountId } = graph;
    const principal = { type: "role", arn: fn.role.arn, accountId, session: fn.name } as const;
    const credentials = keyring.issue(principal);
    const lambda = await this.#run(fn, principal, {
      TZ: ":UTC",
      ...relocated(fn.environment, addresses),
      ...(fn.code.kind === "source" && bindings(graph, fn.links, addresses)),
      ...lambdaEnvironment(fn, credentials),
      ...environment,
      ...(fn.runtime === STUB_RUNTIME && stubEnvironment(folder)),
    });
    this.#running.push(lambda);
    if (fn.url) this.#options.urls.add({ ...fn.url, fn: lambda, accountId });
    if (!options.polling) return;
    this.#poll(fn, lambda, credentials);
    this.streams.start(fn, lambda, principal, credentials);
  }

  async #run(
    fn: FunctionPlan,
    principal: Principal,
    env: Record<string, string>,
  ): Promise<LambdaFunction> {
    const { stage, runtimeApi } = this.#options;
    const { options, endpoint } = stage;
    const { root, workers, onEvent } = options;
    const platform = platformOf(root);
    let lambda: LambdaFunction | undefined;
    const builder = await this.#builder(fn, (error) => {
      if (error === undefined) lambda?.reload();
      onEvent({ type: "rebuilt", fn: fn.name, error });
    });
    this.#builders.push(builder);
    const mayLog = this.#logPermission(fn, principal);
    return (lambda = new LambdaFunction(
      {
        name: fn.name,
        arn: fn.arn,
        timeoutSeconds: fn.timeoutSeconds,
        env: { ...env, LAMBDA_TASK_ROOT: builder.build.out },
        concurrency: workers,
      },
      builder.build,
      {
        platform,
        address: new URL(endpoint).host,
        runtimeApi,
        onLine: (line, requestId) => {
          // CloudWatch reads embedded metrics from the log.
          if (!mayLog()) return;
          this.#measure(line);
          onEvent({ type: "log", fn: fn.name, line, requestId });
        },
        onFailure: (error) => onEvent({ type: "problem", message: `${fn.name}: ${error}` }),
      },
    ));
  }

  #builder(fn: FunctionPlan, onRebuild: (error?: string) => void): Promise<Builder> {
    const { folder, options, endpoint, owner, graph } = this.#options.stage;
    const { root } = options;
    const out = path.join(folder, "functions", fn.id);
    if (fn.code.kind === "source") {
      const paths = { root, platform: platformOf(root), out };
      return buildFunction(paths, fn.code.source, onRebuild, options);
    }
    const { region } = graph;
    return unpackFunction({ ...fn.code, id: fn.id }, { folder: out, endpoint, region, owner });
  }

  #measure(line: string): void {
    const { metrics, stage } = this.#options;
    try {
      for (const datum of parseEmf(line)) metrics.add(datum);
    } catch (error) {
      if (!(error instanceof OfflineError)) throw error;
      stage.options.onEvent({ type: "problem", message: error.message });
    }
  }

  /**
   * Returns a check of whether the role of a function may write its log, since Lambda writes the
   * log with that role. The check reports each new reason once.
   */
  #logPermission(fn: FunctionPlan, principal: Principal): () => boolean {
    const { graph, authority, options } = this.#options.stage;
    const group = `arn:aws:logs:${graph.region}:${graph.accountId}:log-group:${fn.logGroup}`;
    const needed = ["logs:CreateLogStream", "logs:PutLogEvents"].map((action) => ({
      action,
      resource: `${group}:log-stream:offline`,
      context: {},
    }));
    let reported: string | undefined;
    return () => {
      const denial = authority.denialFor(principal, needed);
      if (denial !== undefined && denial !== reported) {
        const message = `the log of ${fn.name} is not written: ${denial}`;
        options.onEvent({ type: "problem", message });
      }
      reported = denial;
      return denial === undefined;
    };
  }

  #poll(fn: FunctionPlan, lambda: LambdaFunction, credentials: Credentials): void {
    const { graph, options, addresses, endpoint } = this.#options.stage;
    const { region } = graph;
    const queues = planQueues(graph);
    for (const mapping of fn.mappings.filter(({ isEnabled }) => isEnabled)) {
      const queue = queues.find(({ arn }) => arn === mapping.queueArn);
      const queueUrl = addresses.get(queue?.url ?? "");
      if (queueUrl === undefined) {
        throw new OfflineError(
          "provision.no_queue",
          `${fn.name} is subscribed to ${mapping.queueArn}, which is not a queue of this app.`,
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
          new SQSClient({ region, endpoint, credentials }),
          (message) => options.onEvent({ type: "problem", message }),
        ),
      );
    }
  }
}

/** Returns the environment variables that Lambda sets. */
function lambdaEnvironment(fn: FunctionPlan, credentials: Credentials): Record<string, string> {
  return {
    AWS_LAMBDA_FUNCTION_NAME: fn.name,
    AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(fn.memoryMb),
    AWS_LAMBDA_LOG_GROUP_NAME: fn.logGroup,
    AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
    AWS_EXECUTION_ENV: `AWS_Lambda_${fn.runtime}`,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  };
}

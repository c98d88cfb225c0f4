import path from "node:path";

import { SQSClient } from "@aws-sdk/client-sqs";

import { bindings } from "./bindings.ts";
import { Dynamo } from "./dynamodb/index.ts";
import { Control } from "./edge/control.ts";
import { type Credentials, Keyring } from "./edge/credentials.ts";
import { type FaultRule, Faults, type NotificationFaults } from "./edge/faults.ts";
import { Meter } from "./edge/meter.ts";
import { Edge } from "./edge/server.ts";
import { type Builder, buildFunction } from "./lambda/build.ts";
import { LambdaFunction } from "./lambda/function.ts";
import { Mapping } from "./lambda/mapping.ts";
import { RuntimeApi } from "./lambda/runtime-api.ts";
import { FunctionUrls } from "./lambda/url.ts";
import { platformOf } from "./platform.ts";
import type { FunctionPlan } from "./provision/function.ts";
import { type Plan, plan } from "./provision/index.ts";
import { openS3, type S3 } from "./s3/index.ts";
import { openSqs, type Sqs } from "./sqs/index.ts";
import {
  announce,
  checkStage,
  refuseSecondStack,
  stageFolder,
  stageSecret,
  withdraw,
} from "./stage-files.ts";
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
  onEvent: (event: StackEvent) => void;
}

/** What a stack has to say while it runs. */
export type StackEvent =
  | { type: "log"; fn: string; line: string; requestId: string | undefined }
  | { type: "rebuilt"; fn: string; error: string | undefined }
  | { type: "problem"; message: string };

export interface Stack {
  graph: Graph;
  plan: Plan;
  endpoint: string;
  /** Opens the control commands. */
  token: string;
  /** Whoever owns the stage may do anything in it. */
  owner: Credentials;
  /** For a program that is to find this stack: what `sst shell` would set. */
  env: Record<string, string>;
  /** Stops everything and leaves the data where it is. */
  close(): Promise<void>;
}

/**
 * Evaluates the config of `root` and runs what it describes, on one address of 127.0.0.1.
 * @throws OfflineError with what is wrong and what to do; nothing is left running then.
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { root, stage, port, onEvent } = options;
  checkStage(stage);
  await refuseSecondStack(root, stage);
  const closers: (() => unknown)[] = [];
  const close = async () => {
    for (const closer of closers.splice(0).toReversed()) await closer();
  };
  try {
    const graph = await synthesize({ root, stage });
    const planned = plan(graph);
    const keyring = new Keyring(stageSecret(root, stage));
    const owner = keyring.issue({ type: "owner" });
    const meter = new Meter();
    const faults = new Faults();
    const edge = await Edge.listen({ port, keyring, meter, faults });
    closers.push(() => edge.close());
    const stores = await openStores(options, graph, faults, closers);
    await provision(planned, stores);

    const addresses = new Map(
      planned.queues.map(({ name, url }) => [url, `${edge.endpoint}/${graph.accountId}/${name}`]),
    );
    const urls = new FunctionUrls();
    for (const { url } of planned.functions) {
      if (url) addresses.set(url.declared, `${edge.endpoint}/_url/${url.urlId}/`);
    }
    const place = {
      AWS_REGION: graph.region,
      AWS_DEFAULT_REGION: graph.region,
      AWS_ENDPOINT_URL: edge.endpoint,
    };
    const runtimeApi = new RuntimeApi();
    const running = new Map<string, LambdaFunction>();
    const mappings: Mapping[] = [];
    const start = async (fn: FunctionPlan) => {
      const credentials = keyring.issue({ type: "role", name: fn.role.name, arn: fn.role.arn });
      const env = {
        ...fn.environment,
        ...bindings(graph, fn.source.links, addresses),
        ...lambdaEnvironment(fn, credentials),
        ...place,
      };
      const lambda = await startFunction(options, fn, env, edge.address, runtimeApi, closers);
      running.set(fn.name, lambda);
      if (fn.url) urls.add({ ...fn.url, fn: lambda, accountId: graph.accountId });
      for (const mapping of options.polling ? fn.mappings : []) {
        const sqs = new SQSClient({ region: graph.region, endpoint: edge.endpoint, credentials });
        const { concurrency } = lambda.settings;
        const queue = planned.queues.find(({ name }) => mapping.queueArn.endsWith(`:${name}`));
        mappings.push(
          new Mapping(
            {
              ...mapping,
              queueUrl: addresses.get(queue?.url ?? "") ?? "",
              region: graph.region,
              concurrency: Math.min(concurrency, mapping.maximumConcurrency ?? concurrency),
              retrySeconds: options.retrySeconds,
            },
            lambda,
            sqs,
            (message) => onEvent({ type: "problem", message }),
          ),
        );
      }
    };

    const env = {
      ...bindings(graph, graph.links, addresses),
      ...place,
      AWS_ACCESS_KEY_ID: owner.accessKeyId,
      AWS_SECRET_ACCESS_KEY: owner.secretAccessKey,
    };
    const control = new Control({
      ping: () => ({}),
      status: () => ({
        calls: meter.counts(),
        faults: faults.counts(),
        pendingNotifications: stores.s3.pendingNotifications(),
        queues: planned.queues.map(({ name }) => ({
          name,
          ...stores.sqs.depth(arnOf(graph, name)),
        })),
        mappings: mappings.map(({ settings, report }) => ({ queue: settings.queueArn, ...report })),
      }),
      "reset-meter": () => meter.reset(),
      faults: (input) => {
        const { rules, notifications, seed } = input as {
          rules: FaultRule[];
          notifications?: NotificationFaults;
          seed?: number;
        };
        faults.set(rules, notifications, seed);
      },
      "kill-workers": (input) => ({
        killed: [...running.values()]
          .map((fn) => fn.killWorkers(input === "one" ? "one" : "all"))
          .reduce((a, b) => a + b, 0),
      }),
      expire: (input) => {
        const { bucket, key } = input as { bucket: string; key: string };
        stores.s3.expire(bucket, key);
      },
      transition: (input) => {
        const { bucket, key, storageClass } = input as Record<string, string>;
        stores.s3.transition(bucket ?? "", key ?? "", storageClass ?? "");
      },
    });
    edge.serve({ ...stores, urls, runtimeApi, control });
    await Promise.all(planned.functions.map(start));
    closers.push(() => Promise.all(mappings.map((mapping) => mapping.close())));

    announce(root, stage, { pid: process.pid, endpoint: edge.endpoint, token: control.token, env });
    closers.push(() => withdraw(root, stage));
    const { endpoint } = edge;
    return { graph, plan: planned, endpoint, token: control.token, owner, env, close };
  } catch (error) {
    await close();
    throw error;
  }
}

interface Stores {
  s3: S3;
  sqs: Sqs;
  dynamo: Dynamo;
}

const arnOf = (graph: Graph, queue: string) =>
  `arn:aws:sqs:${graph.region}:${graph.accountId}:${queue}`;

async function openStores(
  { root, stage }: StackOptions,
  { region, accountId }: Graph,
  faults: Faults,
  closers: (() => unknown)[],
): Promise<Stores> {
  const folder = stageFolder(root, stage);
  const sqs = openSqs({ dir: path.join(folder, "sqs"), region, accountId });
  closers.push(() => sqs.close());
  // Whoever held messages when the last process ended is gone with it.
  sqs.releaseInFlight();
  const dynamo = new Dynamo(path.join(folder, "dynamodb"));
  closers.push(() => dynamo.close());
  const s3 = await openS3({
    dir: path.join(folder, "s3"),
    region,
    accountId,
    deliver: async (queueArn, body) => {
      for (const delaySeconds of faults.forNotification()) sqs.send(queueArn, body, delaySeconds);
    },
  });
  closers.push(() => s3.close());
  return { s3, sqs, dynamo };
}

async function provision({ buckets, tables, queues }: Plan, { s3, sqs, dynamo }: Stores) {
  for (const { name, attributes } of queues) sqs.ensureQueue(name, attributes);
  for (const table of tables) await dynamo.ensureTable(table);
  for (const { name, settings } of buckets) s3.ensureBucket(name, settings);
}

/** The names that Lambda reserves and sets itself ("Defined runtime environment variables" in its guide). */
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
    TZ: ":UTC",
  };
}

async function startFunction(
  { root, stage, workers, onEvent }: StackOptions,
  fn: FunctionPlan,
  env: Record<string, string>,
  address: string,
  runtimeApi: RuntimeApi,
  closers: (() => unknown)[],
): Promise<LambdaFunction> {
  const platform = platformOf(root);
  const out = path.join(stageFolder(root, stage), "functions", fn.source.id);
  let lambda: LambdaFunction | undefined;
  const builder: Builder = await buildFunction({ root, platform, out }, fn.source, (error) => {
    if (error === undefined) lambda?.reload();
    onEvent({ type: "rebuilt", fn: fn.name, error });
  });
  closers.push(() => builder.close());
  lambda = new LambdaFunction(
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
      onLine: (line, requestId) => onEvent({ type: "log", fn: fn.name, line, requestId }),
    },
  );
  closers.push(() => lambda.close());
  return lambda;
}

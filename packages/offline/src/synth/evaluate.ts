// Runs in its own process: an evaluation changes the working directory, the environment and
// Pulumi's global state, and loads 200 MB of provider code that a running stack does not need.
import fs from "node:fs";
import { createRequire, enableCompileCache } from "node:module";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";

import { OfflineError } from "../ground/error.ts";
import { type Bundle, bundleConfig, DEFAULT_PROVIDERS } from "./bundle.ts";
import { startCliServer } from "./cli-server.ts";
import { type App, checkApp, checkConfig, type Config, providersOf } from "./config.ts";
import { messageOf } from "./failure.ts";
import type { Graph, GraphResource, Inputs } from "./graph.ts";
import { call, newResource, type NewResource, type Place } from "./mocks.ts";
import { correctMonitor, type Monitor } from "./monitor.ts";
import { Origins } from "./origins.ts";
import { Places } from "./places.ts";
import { StandIns } from "./stand-ins.ts";
import { unwrapSecrets } from "./marked.ts";

/**
 * Maximum time between the end of run() and the last work of components, which build functions
 * then.
 */
const MAX_SETTLE_MILLISECONDS = 30_000;

/** The message to this process. It replies with a `Graph` or an `EvaluationError`. */
export interface EvaluationRequest {
  root: string;
  stage: string;
  /** The folder in which components write handlers and zip files. */
  work: string;
  place: Place;
}
export interface EvaluationError {
  error: { code: `${string}.${string}`; message: string };
}

/** Collects the warnings of a config, SST and Pulumi instead of printing them. */
function collectWarnings(): string[] {
  const warnings: string[] = [];
  const collect = (...parts: unknown[]) => {
    warnings.push(parts.map(String).join(" "));
  };
  console.warn = collect;
  console.error = collect;
  process.on("warning", (warning) => collect(warning.message));
  return warnings;
}

interface Pulumi {
  output(value: unknown): { apply(callback: (value: Inputs) => void): void };
  runtime: {
    setMocks(
      mocks: {
        newResource(args: NewResource): { id: string; state: Inputs };
        call(args: { token: string; inputs: Inputs }): Inputs;
      },
      project: string,
      stack: string,
      preview: boolean,
      organization: string,
    ): Promise<void>;
    getMonitor(): Monitor;
    invoke(...args: unknown[]): unknown;
    invokeOutput(...args: unknown[]): unknown;
    registerStackTransformation(transformation: () => void): void;
    runInPulumiStack(program: () => unknown): Promise<unknown>;
    disconnect(): Promise<void>;
  };
}

/**
 * Waits for `running`, and until the process is idle. Pulumi waits for the resources that it knows,
 * but components create more of them later, such as a function when its bundle is built. Throws
 * `OfflineError` (`synth.config_failed`) if `running` never ends, or the process does not become
 * idle.
 */
async function untilIdle<T>(running: Promise<T>): Promise<T> {
  const idle = new Promise<void>((resolve) => process.once("beforeExit", () => resolve()));
  const ended: { value: T }[] = [];
  await Promise.race([
    idle,
    running
      .then((value) => ended.push({ value }))
      .then(() => Promise.race([idle, settleTimeout()])),
  ]);
  if (ended[0]) return ended[0].value;
  throw new OfflineError(
    "synth.config_failed",
    "sst.config.ts: run() waits for something that never happens.",
  );
}

async function settleTimeout(): Promise<never> {
  await delay(MAX_SETTLE_MILLISECONDS, undefined, { ref: false });
  throw new OfflineError(
    "synth.config_failed",
    "sst.config.ts: run() has ended, but a timer, a server or a connection that it started is still open.",
  );
}

/**
 * Returns the links of `sst shell`. SST creates one `LinkRef` for every component that can be
 * linked.
 */
function linksOf(resources: GraphResource[]): Record<string, Inputs> {
  const links: Record<string, Inputs> = {};
  for (const ref of resources.filter(({ type }) => type === "sst:sst:LinkRef")) {
    const target = ref.name.replace(/LinkRef$/, "");
    const component = resources.find(
      ({ type, name }) => name === target && type.startsWith("sst:") && type !== ref.type,
    );
    const properties = ref.inputs["properties"] as Inputs;
    links[target] = { type: (component?.type ?? "").replaceAll(":", "."), ...properties };
  }
  return links;
}

interface Loaded {
  config: unknown;
  evaluate(run: Config["run"]): Promise<Inputs>;
  sources: string[];
}

/** Bundles and imports the config. Adds the file to `outfiles`, which the caller deletes. */
async function load(bundling: Promise<Bundle>, outfiles: string[]): Promise<Loaded> {
  const { outfile, map, sources } = await bundling;
  outfiles.push(outfile);
  places = new Places(outfile, map);
  return { ...((await import(outfile)) as Omit<Loaded, "sources">), sources };
}

/** Loads the config, with the globals of the providers that its `app` returns. */
async function loadApp(
  root: string,
  platform: string,
  stage: string,
): Promise<{ app: App; config: Config; loaded: Loaded }> {
  const outfiles: string[] = [];
  try {
    const first = await load(bundleConfig(root, platform), outfiles);
    const app = await appOf(first, stage);
    const providers = new Map([...DEFAULT_PROVIDERS, ...providersOf(app)]);
    const loaded =
      providers.size > DEFAULT_PROVIDERS.size
        ? await load(bundleConfig(root, platform, providers), outfiles)
        : first;
    const { config } = loaded;
    checkConfig(config);
    return { app, config, loaded };
  } finally {
    for (const outfile of outfiles) fs.rmSync(outfile);
  }
}

async function appOf({ config }: Loaded, stage: string): Promise<App> {
  checkConfig(config);
  const app = await config.app({ stage });
  checkApp(app);
  return app;
}

async function evaluate({ root, stage, work, place }: EvaluationRequest): Promise<Graph> {
  const platform = fs.realpathSync(path.join(root, ".sst", "platform"));
  const requireFrom = createRequire(path.join(platform, "package.json"));
  const warnings = collectWarnings();
  // Without it, an evaluation would spend half of its time on compiling Pulumi.
  enableCompileCache(path.join(platform, "offline-cache"));
  // Modules of SST for other providers read it when they are imported, before `app` has run.
  Object.assign(globalThis, { $app: { stage, providers: {} } });
  const loading = loadApp(root, platform, stage);
  const pulumi = requireFrom("@pulumi/pulumi") as Pulumi;
  const { app, config, loaded } = await loading;
  const region =
    (app.providers?.["aws"] as { region?: string } | undefined)?.region ?? place.region;
  const here = { ...place, region };

  const server = await startCliServer(work);
  process.env["SST_SERVER"] = server.url;
  process.env["SST_AWS_REGION"] = region;
  Object.assign(globalThis, {
    $app: { removal: "retain", protect: false, providers: {}, ...app, stage },
    $cli: {
      command: "deploy",
      dev: false,
      paths: { home: root, root, work, platform },
      state: { version: {} },
    },
    $dev: false,
  });

  const resources: GraphResource[] = [];
  const standIns = new StandIns(platform);
  const declared = (type: string) => resources.filter((resource) => resource.type === type);
  await pulumi.runtime.setMocks(
    {
      newResource: (sent) => {
        const resource = { ...sent, inputs: unwrapSecrets(sent.inputs) };
        const { type, name, inputs, id } = resource;
        const made = newResource(resource, here, standIns);
        resources.push({ type, name, inputs, existing: id !== undefined && id !== "", ...made });
        return made;
      },
      call: ({ token, inputs }) => call(token, unwrapSecrets(inputs), here, declared),
    },
    app.name,
    stage,
    false,
    "organization",
  );
  const names = { name: app.name, stage };
  correctMonitor(pulumi.runtime.getMonitor(), names, (message) => origins.failed(message));
  rememberOrigins(pulumi);
  const result = await untilIdle(
    pulumi.runtime.runInPulumiStack(() => {
      pulumi.runtime.registerStackTransformation(() => origins.enter());
      return loaded.evaluate(() => config.run());
    }),
  );
  await pulumi.runtime.disconnect();
  const { _protect, ...outputs } = await new Promise<Inputs>((resolve) => {
    pulumi.output(result).apply(resolve);
  });
  server.close();

  return {
    app: {
      name: app.name,
      stage,
      removal: app.removal ?? "retain",
      protect: app.protect ?? false,
      providers: app.providers ?? {},
    },
    region,
    accountId: place.accountId,
    resources: resources.toSorted((a, b) =>
      `${a.type} ${a.name}` < `${b.type} ${b.name}` ? -1 : 1,
    ),
    functions: server.functions.toSorted((a, b) => (a.id < b.id ? -1 : 1)),
    links: linksOf(resources),
    outputs,
    sources: loaded.sources,
    warnings,
  };
}

/** Remembers from where the config calls data sources. */
function rememberOrigins({ runtime }: Pulumi): void {
  for (const name of ["invoke", "invokeOutput"] as const) {
    const original = runtime[name].bind(runtime);
    runtime[name] = (...args) => origins.within(() => original(...args));
  }
}

const origins = new Origins();

/** Set when the config is bundled. */
let places: Places | undefined;

process.once("message", (received: EvaluationRequest) => {
  const request = { ...received, root: fs.realpathSync(received.root) };
  const fail = (error: unknown): EvaluationError => {
    if (error instanceof OfflineError)
      return { error: { code: error.code, message: error.message } };
    const message =
      places?.describe(error, request.root, origins.stacksOf(messageOf(error))) ??
      `sst.config.ts: ${messageOf(error)}`;
    return { error: { code: "synth.config_failed", message } };
  };
  let hasReplied = false;
  const reply = (result: Graph | EvaluationError) => {
    if (hasReplied) return;
    // It throws for a graph that is not JSON. That error is then the reply.
    process.send?.(result, () => process.exit(0));
    hasReplied = true;
  };
  process.on("uncaughtException", (error) => reply(fail(error)));
  process.on("unhandledRejection", (error) => reply(fail(error)));
  evaluate(request).then(
    // If a resource or an `apply` fails, Pulumi only leaves an unhandled rejection, which Node
    // reports first.
    (graph) => setImmediate(() => reply(graph)),
    (error: unknown) => reply(fail(error)),
  );
});

// Runs in a process of its own: evaluating a config changes the working directory, the environment and
// Pulumi's global state, and loads 200 MB of provider code that a running stack has no use for.
import fs from "node:fs";
import http from "node:http";
import { createRequire, enableCompileCache } from "node:module";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";

import { OfflineError } from "../ground/error.ts";
import { bundleConfig } from "./bundle.ts";
import { type Config, checkApp, checkConfig } from "./config.ts";
import type { Graph, GraphFunction, GraphResource, Inputs } from "./graph.ts";
import { call, newResource, type NewResource, type Place } from "./mocks.ts";
import { Places } from "./places.ts";

/** How long components may work on after run() has ended: they build functions, which is quick here. */
const PATIENCE_MILLISECONDS = 30_000;

/** What the parent sends; the answer is a `Graph` or an `EvaluationError`. */
export interface EvaluationRequest {
  root: string;
  stage: string;
  /** SST's CLI builds handlers and zips below this folder; so does an evaluation. */
  work: string;
  place: Place;
}
export interface EvaluationError {
  error: { code: `${string}.${string}`; message: string };
}

interface BuildInput {
  functionID: string;
  handler: string;
  runtime: string;
  links: Record<string, Inputs>;
  properties: Inputs & { architecture?: string };
}

/** The part of SST's CLI that components talk to while they are evaluated: it builds functions. */
async function startBuilder(work: string) {
  const functions: GraphFunction[] = [];
  const answer = (method: string, input: BuildInput): unknown => {
    switch (method) {
      case "Provider.Aws.Bootstrap":
        return { asset: "sst-asset", state: "sst-state", assetEcrRegistryId: "", assetEcrUrl: "" };
      case "Runtime.Build": {
        const { architecture = "x86_64", ...nodejs } = input.properties;
        const { functionID: id, handler, runtime, links } = input;
        functions.push({ id, handler, runtime, architecture, nodejs, links });
        const out = path.join(work, "artifacts", `${id}-src`);
        fs.mkdirSync(out, { recursive: true });
        return { handler: `bundle${path.extname(handler)}`, out, errors: [], sourcemaps: [] };
      }
      default:
        throw new OfflineError(
          "synth.unknown_request",
          `a component asks the SST CLI for "${method}", which offline does not know.`,
        );
    }
  };
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { method, params } = JSON.parse(Buffer.concat(chunks).toString()) as {
        method: string;
        params: [BuildInput];
      };
      response.setHeader("content-type", "application/json");
      // An idle connection would keep the process from being quiet.
      response.setHeader("connection", "close");
      try {
        response.end(JSON.stringify({ result: answer(method, params[0]) }));
      } catch (error) {
        response.end(JSON.stringify({ result: null, error: (error as Error).message }));
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  server.unref();
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port for the builder");
  return { functions, url: `http://127.0.0.1:${address.port}`, close: () => server.close() };
}

/** Collects what a config, SST or Pulumi warns of, instead of printing it. */
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
    runInPulumiStack(program: () => unknown): Promise<unknown>;
    disconnect(): Promise<void>;
  };
}

/**
 * Resolves with what `running` gives, when the process has nothing more to do. Pulumi waits for the resources that it
 * knows of, but components make resources of what they learn later: a function when its bundle is built.
 * @throws OfflineError `synth.config_failed` when nothing is left to happen that could end it, or something never ends.
 */
async function untilQuiet<T>(running: Promise<T>): Promise<T> {
  const quiet = new Promise<void>((resolve) => process.once("beforeExit", () => resolve()));
  const ended: { value: T }[] = [];
  await Promise.race([
    quiet,
    running.then((value) => ended.push({ value })).then(() => Promise.race([quiet, impatience()])),
  ]);
  if (ended[0]) return ended[0].value;
  throw new OfflineError(
    "synth.config_failed",
    "sst.config.ts: run() waits for something that never happens.",
  );
}

async function impatience(): Promise<never> {
  await delay(PATIENCE_MILLISECONDS, undefined, { ref: false });
  throw new OfflineError(
    "synth.config_failed",
    "sst.config.ts: run() has ended, but leaves something running: a timer, a server or a connection.",
  );
}

/** What `sst shell` would bind: one `LinkRef` for every component that can be linked. */
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

async function evaluate({ root, stage, work, place }: EvaluationRequest): Promise<Graph> {
  const platform = fs.realpathSync(path.join(root, ".sst", "platform"));
  const requireFrom = createRequire(path.join(platform, "package.json"));
  const warnings = collectWarnings();
  // Half of an evaluation would be compiling Pulumi.
  enableCompileCache(path.join(platform, "offline-cache"));
  const bundled = bundleConfig(root, platform);
  const pulumi = requireFrom("@pulumi/pulumi") as Pulumi;
  const { outfile, map, sources } = await bundled;
  places = new Places(outfile, map);

  let bundle: { config: unknown; evaluate(run: Config["run"]): Promise<Inputs> };
  try {
    bundle = (await import(outfile)) as typeof bundle;
  } finally {
    fs.rmSync(outfile);
  }
  const { config } = bundle;
  checkConfig(config);
  const app = await config.app({ stage });
  checkApp(app);
  const region =
    (app.providers?.["aws"] as { region?: string } | undefined)?.region ?? place.region;
  const here = { ...place, region };

  const builder = await startBuilder(work);
  process.env["SST_SERVER"] = builder.url;
  process.env["SST_AWS_REGION"] = region;
  Object.assign(globalThis, {
    $app: { removal: "retain", protect: false, providers: {}, home: "aws", ...app, stage },
    $cli: {
      command: "deploy",
      dev: false,
      paths: { home: root, root, work, platform },
      state: { version: {} },
    },
    $dev: false,
  });

  const resources: GraphResource[] = [];
  await pulumi.runtime.setMocks(
    {
      newResource: (resource) => {
        const { type, name, inputs, id } = resource;
        const made = newResource(resource, here);
        resources.push({ type, name, inputs, existing: id !== undefined && id !== "", ...made });
        return made;
      },
      call: ({ token, inputs }) => call(token, inputs, here),
    },
    app.name,
    stage,
    false,
    "organization",
  );
  const result = await untilQuiet(
    pulumi.runtime.runInPulumiStack(() => bundle.evaluate(() => config.run())),
  );
  await pulumi.runtime.disconnect();
  const { _protect, ...outputs } = await new Promise<Inputs>((resolve) => {
    pulumi.output(result).apply(resolve);
  });
  builder.close();

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
    functions: builder.functions.toSorted((a, b) => (a.id < b.id ? -1 : 1)),
    links: linksOf(resources),
    outputs,
    sources,
    warnings,
  };
}

/** Where in the app's sources an error comes from; known when they are bundled. */
let places: Places | undefined;

process.once("message", (received: EvaluationRequest) => {
  const request = { ...received, root: fs.realpathSync(received.root) };
  const fail = (error: unknown): EvaluationError => {
    const cause = error instanceof Error ? error : new Error(String(error));
    if (cause instanceof OfflineError)
      return { error: { code: cause.code, message: cause.message } };
    const message = places?.describe(cause, request.root) ?? cause.message;
    return { error: { code: "synth.config_failed", message } };
  };
  let answered = false;
  const answer = (result: Graph | EvaluationError) => {
    if (answered) return;
    answered = true;
    process.send?.(result, () => process.exit(0));
  };
  process.on("uncaughtException", (error) => answer(fail(error)));
  process.on("unhandledRejection", (error) => answer(fail(error)));
  evaluate(request).then(
    // Where a resource or an `apply` fails, Pulumi only leaves a rejection behind, which is told when all this is over.
    (graph) => setImmediate(() => answer(graph)),
    (error: unknown) => answer(fail(error)),
  );
});

import fs from "node:fs";
import path from "node:path";

import { OfflineError } from "../error.ts";
import { logLine, printable } from "../print.ts";
import { type Stack, type StackEvent, type StackOptions, startStack } from "../stack.ts";
import { writeBindingTypes } from "../synth/types.ts";

export interface DevOptions {
  root: string;
  stage: string;
  port: number;
  retrySeconds: number;
  workers: number;
  /** Whether functions are handed what is in their queues. */
  polling: boolean;
  /** Events as JSON lines on stdout, for a program that started it. */
  json: boolean;
  /** A line of the app's own: how to see what became of the file that was put. */
  hint: string | undefined;
  /** How to print a line of a function's log: see `logLine`. */
  line: string | undefined;
}

/** Runs the app until it is told to stop, and starts it again when its infrastructure changes. */
export async function dev(options: DevOptions): Promise<void> {
  const print = options.json ? printJson : (event: StackEvent) => printText(event, options.line);
  const began = performance.now();
  const settings: StackOptions = { ...options, onEvent: print };
  let stack: Stack | undefined = await startStack(settings);
  announceReady(options, stack, performance.now() - began);

  const { promise: stopped, resolve: stop } = Promise.withResolvers<void>();
  const interrupted = () => {
    // Asked twice: whoever asks does not want to wait.
    process.once("SIGINT", () => process.exit(130));
    stop();
  };
  process.once("SIGINT", interrupted);
  process.once("SIGTERM", interrupted);
  process.once("SIGHUP", interrupted);

  const restart = async () => {
    const { endpoint } = stack ?? {};
    print({ type: "problem", message: "the infrastructure has changed: starting again ..." });
    await stack?.close();
    stack = undefined;
    const port = endpoint === undefined ? options.port : Number(new URL(endpoint).port);
    try {
      stack = await startStack({ ...settings, port });
      announceReady(options, stack, undefined);
    } catch (error) {
      if (!(error instanceof OfflineError)) throw error;
      print({ type: "problem", message: `${error.message}\nWaiting for the next change ...` });
    }
  };
  const watcher = watchInfrastructure(options.root, stopped, restart);
  await stopped;
  await watcher.close();
  await stack?.close();
}

/** Calls `changed` after a change of the config, one call at a time. */
function watchInfrastructure(root: string, stopped: Promise<void>, changed: () => Promise<void>) {
  let timer: NodeJS.Timeout | undefined;
  let running = Promise.resolve();
  let done = false;
  void stopped.then(() => (done = true));
  const touched = () => {
    clearTimeout(timer);
    // Editors write a file in several steps.
    timer = setTimeout(() => {
      running = running.then(() => (done ? undefined : changed()));
    }, 100);
  };
  const ours = (file: string | null) => file === null || /\.[cm]?[jt]sx?$/.test(file);
  const watchers = [
    fs.watch(root, (_, file) => {
      if (file === "sst.config.ts") touched();
    }),
  ];
  const infra = path.join(root, "infra");
  if (fs.existsSync(infra)) {
    watchers.push(
      fs.watch(infra, { recursive: true }, (_, file) => {
        if (ours(file) && !file?.startsWith("test")) touched();
      }),
    );
  }
  return {
    close: async () => {
      clearTimeout(timer);
      for (const watcher of watchers) watcher.close();
      await running;
    },
  };
}

function announceReady(options: DevOptions, stack: Stack, milliseconds: number | undefined): void {
  writeBindingTypes(stack.graph, options.root);
  if (options.json) {
    const { endpoint, token, env } = stack;
    process.stdout.write(`${JSON.stringify({ type: "ready", endpoint, token, env })}\n`);
    return;
  }
  const { name, stage } = stack.graph.app;
  const { accessKeyId, secretAccessKey } = stack.owner;
  const [bucket] = stack.plan.buckets;
  const url = new URL(stack.endpoint);
  const time = milliseconds === undefined ? "" : ` in ${(milliseconds / 1000).toFixed(1)} s`;
  const declared = stack.plan.declared.map((resource) => `    ${resource}`);
  const lines = [
    "",
    `${name} runs offline, stage "${stage}", ready${time}.`,
    "",
    `  S3 endpoint  ${stack.endpoint}`,
    `  region       ${stack.graph.region}`,
    ...stack.plan.buckets.map((each) => `  bucket       ${each.name}`),
    `  access key   ${accessKeyId}`,
    `  secret key   ${secretAccessKey}`,
    ...(bucket
      ? [
          "",
          "  Put a file, from another terminal in this folder:",
          `    AWS_ACCESS_KEY_ID=${accessKeyId} AWS_SECRET_ACCESS_KEY=${secretAccessKey} aws --endpoint-url ${stack.endpoint} --region ${stack.graph.region} s3 cp README.md s3://${bucket.name}/`,
          "  or, without the aws command:",
          `    curl --aws-sigv4 aws:amz:${stack.graph.region}:s3 --user ${accessKeyId}:${secretAccessKey} --upload-file README.md http://${url.host}/${bucket.name}/README.md`,
        ]
      : []),
    ...(options.hint === undefined ? [] : ["", "  See its record:", `    ${options.hint}`]),
    ...(declared.length === 0 ? [] : ["", "  Declared, not run:", ...declared]),
    "",
    `  Ctrl-C stops it; the data stays in .offline/${stage}.`,
    "",
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
}

function printJson(event: StackEvent): void {
  process.stdout.write(`${JSON.stringify(event)}\n`);
}

function printText(event: StackEvent, template: string | undefined): void {
  const line = textOf(event, template);
  if (line !== undefined) process.stdout.write(`${line}\n`);
}

function textOf(event: StackEvent, template: string | undefined): string | undefined {
  switch (event.type) {
    case "log":
      return logLine(event.line, new Date(), template);
    case "rebuilt":
      return event.error === undefined
        ? `${event.fn} is rebuilt`
        : `${event.fn} cannot be built, so the last build goes on:\n  ${event.error}`;
    case "denied":
      return `denied: ${printable(`${event.caller} may not ${event.action} on ${event.resource}: ${event.reason}`)}`;
    case "problem":
      return event.message.split("\n").map(printable).join("\n");
  }
}

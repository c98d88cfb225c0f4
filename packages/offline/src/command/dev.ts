import { OfflineError } from "../ground/error.ts";
import { jsonLine, logLine, printable, printableLines } from "../ground/print.ts";
import type { StackEvent, StackOptions } from "../service/service.ts";
import { type Stack, startStack } from "../stack/stack.ts";
import { DEFAULT_STAGE } from "../stack/stage-files.ts";
import { synthesize } from "../synth/synthesize.ts";
import { writeBindingTypes } from "../synth/types.ts";
import { printMeasures } from "./measures.ts";
import { ConfigWatcher } from "./watch.ts";

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

/**
 * Runs the app until it is told to stop, and starts it again when its infrastructure changes: if the config is broken
 * then, what ran before goes on.
 */
export async function dev(options: DevOptions): Promise<void> {
  const { root, stage } = options;
  const print = options.json ? printJson : (event: StackEvent) => printText(event, options.line);
  const say = (message: string) => print({ type: "problem", message });
  const began = performance.now();
  const settings: StackOptions = { ...options, onEvent: print };
  let stack: Stack | undefined = await startStack(settings);
  const port = Number(new URL(stack.endpoint).port);
  announceReady(options, stack, performance.now() - began);

  const stopped = untilStopped();
  const watcher = new ConfigWatcher({
    root,
    onProblem: say,
    changed: async () => {
      say("the infrastructure has changed: starting again ...");
      try {
        const graph = await synthesize({ root, stage });
        watcher.follow(graph.sources);
        const before = stack;
        stack = undefined;
        await before?.close();
        stack = await startStack({ ...settings, port, patient: true }, graph);
        announceReady(options, stack, undefined);
      } catch (error) {
        watcher.expectAnything();
        const state = stack ? "What ran before goes on" : "Nothing runs";
        say(`${reasonOf(error)}\n${state}, until the next change ...`);
      }
    },
  });
  watcher.follow(stack.graph.sources);
  const stopMeasures = options.json ? () => undefined : printMeasures(() => stack?.metrics);
  await stopped;
  stopMeasures();
  await watcher.close();
  await stack?.close();
}

/** Resolves at Ctrl-C, or when whoever started it says so, or does not read on. */
function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    const interrupted = () => {
      // Asked twice: whoever asks does not want to wait.
      process.once("SIGINT", () => process.exit(130));
      resolve();
    };
    process.once("SIGINT", interrupted);
    process.once("SIGTERM", interrupted);
    process.once("SIGHUP", interrupted);
    process.stdout.on("error", () => resolve());
  });
}

/** What is wrong with the app, or where to look for what is wrong here. */
function reasonOf(error: unknown): string {
  if (error instanceof OfflineError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function announceReady(options: DevOptions, stack: Stack, milliseconds: number | undefined): void {
  if (options.json) {
    const { endpoint, token, env } = stack;
    process.stdout.write(`${jsonLine({ type: "ready", endpoint, token, env })}\n`);
    return;
  }
  // Not for programs: a test run that brought the file up to date would hide that it was not.
  writeBindingTypes(stack.graph, options.root);
  const { name, stage } = stack.graph.app;
  const { accessKeyId, secretAccessKey } = stack.owner;
  const [bucket] = stack.plan.buckets;
  const url = new URL(stack.endpoint);
  const time = milliseconds === undefined ? "" : ` in ${(milliseconds / 1000).toFixed(1)} s`;
  // A command that names no stage reaches the default one.
  const reaching = stage === DEFAULT_STAGE ? "" : `pnpm offline shell --stage ${stage} -- `;
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
          `    curl --aws-sigv4 aws:amz:${stack.graph.region}:s3 --user ${accessKeyId}:${secretAccessKey} -H 'x-amz-content-sha256: UNSIGNED-PAYLOAD' --fail-with-body --upload-file README.md http://${url.host}/${bucket.name}/README.md`,
        ]
      : []),
    ...(options.hint === undefined
      ? []
      : ["", "  See its record:", `    ${reaching}${options.hint}`]),
    ...(declared.length === 0 ? [] : ["", "  Declared, not run:", ...declared]),
    "",
    `  Ctrl-C stops it; the data stays in .offline/${stage}.`,
    "",
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
}

function printJson(event: StackEvent): void {
  process.stdout.write(`${jsonLine(event)}\n`);
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
        : `${event.fn} cannot be built, so the last build goes on:\n  ${printableLines(event.error)}`;
    case "denied":
      return `denied: ${printable(`${event.caller} may not ${event.action} on ${event.resource}: ${event.reason}`)}`;
    case "problem":
      return printableLines(event.message);
  }
}

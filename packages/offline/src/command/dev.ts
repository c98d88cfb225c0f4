import type { Denial } from "../edge/authority.ts";
import { isUserError } from "../ground/error.ts";
import { jsonLine, logLine, printable, printableLines } from "../ground/print.ts";
import { withProgress } from "../ground/progress.ts";
import type { StackEvent, StackOptions } from "../service/service.ts";
import { type Stack, startStack } from "../stack/stack.ts";
import { messageOf } from "../synth/failure.ts";
import { SECRETS_FILE } from "../synth/secret-store.ts";
import { synthesize } from "../synth/synthesize.ts";
import { writeBindingTypes } from "../synth/types.ts";
import { printMetrics } from "./metrics.ts";
import { readyText } from "./ready.ts";
import { readSettings, type Settings } from "./settings.ts";
import { ConfigWatcher } from "./watch.ts";

export interface DevOptions {
  root: string;
  stage: string;
  port: number;
  retrySeconds: number;
  workers: number;
  /** Whether functions receive messages from their queues. */
  polling: boolean;
  /** Whether to print events as JSON lines. */
  json: boolean;
}

/**
 * Runs the app until a signal, and restarts it when its infrastructure changes. If the changed
 * config is invalid, the previous version keeps running.
 */
export async function dev(options: DevOptions): Promise<void> {
  const { root, stage } = options;
  const appSettings = readSettings(root);
  const print = printEvent(options.json, appSettings.line);
  const report = (message: string) => print({ type: "problem", message });
  const startedAt = performance.now();
  const settings: StackOptions = { ...options, onEvent: print };
  const start = () => startStack(settings);
  let stack: Stack | undefined = options.json
    ? await start()
    : await withProgress("Evaluating sst.config.ts and bundling functions", start, {
        minMs: 2000,
      });
  const port = Number(new URL(stack.endpoint).port);
  printReady(options, stack, appSettings, performance.now() - startedAt);

  const stopped = untilStopped();
  const watcher = new ConfigWatcher({
    root,
    onProblem: report,
    changed: async () => {
      report("The infrastructure has changed. Restarting ...");
      try {
        const graph = await synthesize({ root, stage });
        watcher.follow([...graph.sources, SECRETS_FILE]);
        const before = stack;
        stack = undefined;
        await before?.close();
        stack = await startStack({ ...settings, port, tolerateBuildErrors: true }, graph);
        printReady(options, stack, appSettings);
      } catch (error) {
        watcher.followAll();
        const state = stack ? "Still running the previous version." : "Nothing is running.";
        report(`${reasonOf(error)}\n${state} Waiting for changes ...`);
      }
    },
  });
  watcher.follow([...stack.graph.sources, SECRETS_FILE]);
  const stopMetrics = options.json ? () => undefined : printMetrics(() => stack?.metrics);
  await stopped;
  stopMetrics();
  await watcher.close();
  await stack?.close();
}

/** Returns a function that prints events, as JSON or for a person. */
export const printEvent = (json: boolean, template: string | undefined) =>
  json ? printJson : (event: StackEvent) => printText(event, template);

/** Resolves at Ctrl-C, at another signal to end, or when the reader of stdout has gone. */
export function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    const interrupted = () => {
      // A second Ctrl-C ends the process at once.
      process.once("SIGINT", () => process.exit(130));
      resolve();
    };
    process.once("SIGINT", interrupted);
    process.once("SIGTERM", interrupted);
    process.once("SIGHUP", interrupted);
    process.stdout.on("error", () => resolve());
  });
}

/** The message of a user error. That of a bug has the place where it was thrown. */
function reasonOf(error: unknown): string {
  if (isUserError(error)) return error.message;
  const place = error instanceof Error ? /\bat .*/.exec(error.stack ?? "")?.[0] : undefined;
  return `Internal error: ${messageOf(error)}${place === undefined ? "" : ` (${place})`}`;
}

function printReady(
  { json, root }: DevOptions,
  stack: Stack,
  settings: Settings,
  milliseconds?: number,
): void {
  if (json) {
    const { endpoint, token, env } = stack;
    process.stdout.write(`${jsonLine({ type: "ready", endpoint, token, env })}\n`);
    return;
  }
  // Not with --json: a test run that updated the file would hide that it was out of date.
  writeBindingTypes(stack.graph, root);
  process.stdout.write(readyText(stack, settings, milliseconds));
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
        ? `${event.fn}: rebuilt`
        : `${event.fn}: build failed; still running the previous build:\n  ${printableLines(event.error)}`;
    case "denied":
      return `denied: ${printable(denialOf(event))}`;
    case "problem":
      return printableLines(event.message);
  }
}

const denialOf = ({ caller, action, resource, reason }: Denial) =>
  `${caller} is not allowed to perform ${action} on ${resource}: ${reason}`;

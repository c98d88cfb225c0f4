import { isForPeople } from "../ground/error.ts";
import { jsonLine, logLine, printable, printableLines } from "../ground/print.ts";
import { withProgress } from "../ground/progress.ts";
import type { StackEvent, StackOptions } from "../service/service.ts";
import { type Stack, startStack } from "../stack/stack.ts";
import { synthesize } from "../synth/synthesize.ts";
import { writeBindingTypes } from "../synth/types.ts";
import { printMeasures } from "./measures.ts";
import { readyText } from "./ready.ts";
import { readSettings, type Settings } from "./settings.ts";
import { ConfigWatcher } from "./watch.ts";

export interface DevOptions {
  root: string;
  stage: string;
  port: number;
  retrySeconds: number;
  workers: number;
  /** Whether functions receive the messages of their queues. */
  polling: boolean;
  /** Prints events as JSON lines on stdout, for a program. */
  json: boolean;
}

/**
 * Runs the app until it is stopped, and restarts it when its infrastructure changes. If the config is broken then, the previous
 * version keeps running.
 */
export async function dev(options: DevOptions): Promise<void> {
  const { root, stage } = options;
  const appSettings = readSettings(root);
  const print = options.json
    ? printJson
    : (event: StackEvent) => printText(event, appSettings.line);
  const say = (message: string) => print({ type: "problem", message });
  const began = performance.now();
  const settings: StackOptions = { ...options, onEvent: print };
  const start = () => startStack(settings);
  let stack: Stack | undefined = options.json
    ? await start()
    : await withProgress("Evaluating sst.config.ts and bundling functions", start, {
        patienceMs: 2000,
      });
  const port = Number(new URL(stack.endpoint).port);
  printReady(options, stack, appSettings, performance.now() - began);

  const stopped = untilStopped();
  const watcher = new ConfigWatcher({
    root,
    onProblem: say,
    changed: async () => {
      say("The infrastructure has changed. Restarting ...");
      try {
        const graph = await synthesize({ root, stage });
        watcher.follow(graph.sources);
        const before = stack;
        stack = undefined;
        await before?.close();
        stack = await startStack({ ...settings, port, tolerateBuildErrors: true }, graph);
        printReady(options, stack, appSettings);
      } catch (error) {
        watcher.expectAnything();
        const state = stack ? "Still running the previous version." : "Nothing is running.";
        say(`${reasonOf(error)}\n${state} Waiting for changes ...`);
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

/** Resolves at Ctrl-C, at a signal to end, or when stdout is closed. */
function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    const interrupted = () => {
      // The second Ctrl-C does not wait.
      process.once("SIGINT", () => process.exit(130));
      resolve();
    };
    process.once("SIGINT", interrupted);
    process.once("SIGTERM", interrupted);
    process.once("SIGHUP", interrupted);
    process.stdout.on("error", () => resolve());
  });
}

/** What is wrong with the app; or the stack trace of a bug. */
function reasonOf(error: unknown): string {
  if (isForPeople(error)) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
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
  // Not for programs: a test run that updated the file would hide that it was out of date.
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
        ? `${event.fn} is rebuilt`
        : `${event.fn}: build failed; still running the previous build:\n  ${printableLines(event.error)}`;
    case "denied":
      return `denied: ${printable(`${event.caller} may not ${event.action} on ${event.resource}: ${event.reason}`)}`;
    case "problem":
      return printableLines(event.message);
  }
}

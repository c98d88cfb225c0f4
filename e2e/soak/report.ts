import type { PassCounts } from "./passes.ts";
import type { Comparison } from "./compare.ts";

/** The result of a soak. */
export interface Report {
  readonly seed: number;
  readonly seconds: number;
  readonly traffic: {
    readonly operations: number;
    /** The number of events that S3 sent. */
    readonly events: number;
    /** Operations without an answer. Each was then either found done or repeated. */
    readonly unanswered: number;
    readonly eventsPerSecond: number;
  };
  readonly injected: {
    /** By kind: failed calls, and duplicated and delayed notifications. */
    readonly faults: Readonly<Record<string, number>>;
    readonly workersKilled: number;
    readonly stacksKilled: number;
  };
  readonly function: {
    /** The number of events by outcome. An event that fails is retried and counts again. */
    readonly outcomes: Readonly<Record<string, number>>;
    readonly reasons: Readonly<Record<string, number>>;
    readonly maxLagMs: number;
  };
  readonly deadLetters: { readonly redriven: number };
  /** If events were lost. */
  readonly passes?: PassCounts | undefined;
  readonly problems: { readonly count: number; readonly last: readonly string[] };
  readonly stray: readonly string[];
  readonly losses: readonly string[];
  readonly unfinished: readonly string[];
  readonly comparison: Comparison;
  readonly peakBytes: { readonly stack: number; readonly driver: number };
}

/** Returns whether no data was lost, no record is stale and every event is processed. */
export const isSound = ({ losses, unfinished, comparison }: Report): boolean =>
  losses.length === 0 && unfinished.length === 0 && comparison.differences === 0;

/** Formats the report as text. */
export function textOf(report: Report): string {
  const { traffic, injected, comparison, peakBytes } = report;
  const { outcomes, reasons } = report.function;
  const processed = sum(outcomes) - (outcomes["failed"] ?? 0);
  const rows: [string, string][] = [
    ["seed", String(report.seed)],
    ["events sent", `${traffic.events} by ${traffic.operations} operations`],
    ["processed", counted(processed, list(outcomes, "failed"))],
    ["duplicates", `${injected.faults["duplicated"] ?? 0} notifications`],
    ["stale", counted(outcomes["stale"], list(reasons, "", "stale: "))],
    ["retries", counted(outcomes["failed"], list(reasons, "", "failed: "))],
    ["faults", list(injected.faults) || "none"],
    ["kills", `${injected.workersKilled} workers, ${injected.stacksKilled} stacks`],
    [
      "unanswered",
      `${traffic.unanswered} operations without an answer, then found done or repeated`,
    ],
    ["dead letters", `${report.deadLetters.redriven} redriven`],
    ...passRow(report),
    ["longest lag", `${(report.function.maxLagMs / 1000).toFixed(1)} s`],
    ["time", `${report.seconds.toFixed(1)} s, ${traffic.eventsPerSecond.toFixed(0)} events/s`],
    ["peak memory", `stack ${megabytes(peakBytes.stack)}, driver ${megabytes(peakBytes.driver)}`],
    ["keys", `${comparison.common} in both bucket and catalog`],
    ["stray lines", `${report.stray.length} log lines that are not JSON`],
    ["losses", `${report.losses.length} acknowledged versions missing or unknown`],
    ["unfinished", report.unfinished.length === 0 ? "0" : report.unfinished.join("; ")],
    ["differences", String(comparison.differences)],
  ];
  const lines = rows.map(([name, value]) => `${name.padEnd(14)}${value}`);
  const details = isSound(report)
    ? []
    : [...comparison.examples, ...report.losses, ...report.problems.last, ...report.stray];
  return `${[...lines, ...details].join("\n")}\n`;
}

function passRow({ passes }: Report): [string, string][] {
  if (passes === undefined) return [];
  const { completed, killed, failed, repaired } = passes;
  return [
    ["passes", `${completed} completed, ${killed} killed, ${failed} failed, ${repaired} repaired`],
  ];
}

const sum = (counts: Readonly<Record<string, number>>) =>
  Object.values(counts).reduce((total, count) => total + count, 0);

/** Formats counts as `a 1, b 2`: those whose name starts with `prefix`, except `without`. */
function list(counts: Readonly<Record<string, number>>, without = "", prefix = ""): string {
  return Object.entries(counts)
    .filter(([name]) => name !== without && name.startsWith(prefix))
    .map(([name, count]) => `${name.slice(prefix.length)} ${count}`)
    .join(", ");
}

/** Formats a number with its parts: `3 (a 1, b 2)`. */
const counted = (count = 0, parts = "") => (parts === "" ? String(count) : `${count} (${parts})`);

const megabytes = (bytes: number) => `${Math.round(bytes / 1024 / 1024)} MB`;

import type { Comparison } from "./compare.ts";

/** What a soak has to say at its end. */
export interface Report {
  readonly seed: number;
  readonly seconds: number;
  readonly traffic: {
    readonly operations: number;
    /** Sent by S3. */
    readonly events: number;
    /** Operations that were cut off, and then found done or done again. */
    readonly unanswered: number;
    readonly eventsPerSecond: number;
  };
  readonly injected: {
    /** Calls that were disturbed, and notifications doubled and delayed, by sort. */
    readonly faults: Readonly<Record<string, number>>;
    readonly workersKilled: number;
    readonly stacksKilled: number;
  };
  readonly function: {
    /** By what became of each event; one that failed came back, and counts again. */
    readonly outcomes: Readonly<Record<string, number>>;
    readonly reasons: Readonly<Record<string, number>>;
    readonly maxLagMs: number;
  };
  readonly deadLetters: { readonly redriven: number };
  readonly problems: { readonly count: number; readonly last: readonly string[] };
  readonly stray: readonly string[];
  readonly losses: readonly string[];
  readonly undone: readonly string[];
  readonly comparison: Comparison;
  readonly peakBytes: { readonly stack: number; readonly driver: number };
}

/** Whether nothing was lost, nothing is stale and nothing is left to do. */
export const isSound = ({ losses, undone, comparison }: Report): boolean =>
  losses.length === 0 && undone.length === 0 && comparison.differences === 0;

/** The report for people. */
export function textOf(report: Report): string {
  const { traffic, injected, comparison, peakBytes } = report;
  const { outcomes, reasons } = report.function;
  const processed = sum(outcomes) - (outcomes["failed"] ?? 0);
  const rows: [string, string][] = [
    ["seed", String(report.seed)],
    ["events sent", `${traffic.events} by ${traffic.operations} operations`],
    ["processed", `${processed} (${list(outcomes, "failed")})`],
    ["duplicates", `${injected.faults["duplicated"] ?? 0} notifications sent twice`],
    ["stale", `${outcomes["stale"] ?? 0} (${list(reasons, "", "stale: ")})`],
    ["retries", `${outcomes["failed"] ?? 0} (${list(reasons, "", "failed: ")})`],
    ["faults", list(injected.faults)],
    ["kills", `${injected.workersKilled} workers, ${injected.stacksKilled} stacks`],
    ["unanswered", `${traffic.unanswered} operations, found done or done again`],
    ["dead letters", `${report.deadLetters.redriven} redriven`],
    ["longest lag", `${(report.function.maxLagMs / 1000).toFixed(1)} s`],
    ["time", `${report.seconds.toFixed(1)} s, ${traffic.eventsPerSecond.toFixed(0)} events/s`],
    ["peak memory", `stack ${megabytes(peakBytes.stack)}, driver ${megabytes(peakBytes.driver)}`],
    ["keys", `${comparison.common} in both`],
    ["stray lines", String(report.stray.length)],
    ["losses", String(report.losses.length)],
    ["undone", report.undone.length === 0 ? "0" : report.undone.join("; ")],
    ["differences", String(comparison.differences)],
  ];
  const lines = rows.map(([name, value]) => `${name.padEnd(14)}${value}`);
  const details = isSound(report)
    ? []
    : [...comparison.examples, ...report.losses, ...report.problems.last, ...report.stray];
  return `${[...lines, ...details].join("\n")}\n`;
}

const sum = (counts: Readonly<Record<string, number>>) =>
  Object.values(counts).reduce((total, count) => total + count, 0);

/** `a 1, b 2`, without one, and of those that begin with a prefix. */
function list(counts: Readonly<Record<string, number>>, without = "", prefix = ""): string {
  return Object.entries(counts)
    .filter(([name]) => name !== without && name.startsWith(prefix))
    .map(([name, count]) => `${name.slice(prefix.length)} ${count}`)
    .join(", ");
}

const megabytes = (bytes: number) => `${Math.round(bytes / 1024 / 1024)} MB`;

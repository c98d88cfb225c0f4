import { parseArgs } from "node:util";

/** What a soak is asked to do. */
export interface SoakOptions {
  /** How many events S3 is made to send, at least. */
  readonly events: number;
  /** Decides every operation, fault and kill. */
  readonly seed: number;
  readonly keys: number;
  readonly stage: string;
  /** Nothing goes wrong: what the same traffic takes by itself. */
  readonly calm: boolean;
  /** Print the summary as JSON, and nothing else. */
  readonly json: boolean;
}

export const USAGE = `Usage: pnpm soak [--events 2000] [--seed 1] [--keys 400] [--stage <name>] [--calm] [--json]

Sends random traffic through an offline stack of its own while calls fail, workers are killed and the
stack itself is, and then compares bucket and catalogue; with --calm, nothing goes wrong. Exits with 1 if
they differ or if something was left undone; the stage is kept then.`;

/** Reads the command line. Throws an error that says what is wrong with it. */
export function readOptions(args: readonly string[]): SoakOptions | "help" {
  const { values } = parseArgs({
    args: [...args],
    options: {
      events: { type: "string", default: "2000" },
      seed: { type: "string", default: String(Date.now() % 2 ** 31) },
      keys: { type: "string", default: "400" },
      stage: { type: "string", default: `soak-${process.pid}` },
      calm: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return "help";
  return {
    events: wholeNumber("--events", values.events, 1),
    seed: wholeNumber("--seed", values.seed, 0),
    keys: wholeNumber("--keys", values.keys, 1),
    stage: values.stage,
    calm: values.calm,
    json: values.json,
  };
}

function wholeNumber(option: string, text: string, least: number): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(number) && number >= least) return number;
  throw new Error(`${option} must be a whole number from ${least}, not "${text}"`);
}

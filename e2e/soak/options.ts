import { parseArgs } from "node:util";

/** The options of one soak. */
export interface SoakOptions {
  /** The least number of events that S3 sends. */
  readonly events: number;
  /** Determines the operations, faults and kills. */
  readonly seed: number;
  readonly keys: number;
  readonly stage: string;
  /** The share of all events that is lost; passes then run all the time. */
  readonly lose: number;
  /** Inject no faults and kill nothing. */
  readonly calm: boolean;
  /** Print the report as JSON, without progress messages. */
  readonly json: boolean;
}

export const USAGE = `Usage: pnpm soak [--events 2000] [--seed 1] [--keys 400] [--stage <name>] [--lose 10] [--calm] [--json]

Sends random traffic through an offline stack while calls fail and workers and the stack are killed, then
compares bucket and catalog.

  --events  least number of events that S3 sends
  --seed    determines the operations, faults and kills; by default a new one
  --keys    number of keys
  --stage   stage name; by default a new one
  --lose    percent of all events that is lost, while passes compare bucket and catalog all the time
  --calm    inject no faults and kill nothing
  --json    print the report as JSON

Exits with 1 if bucket and catalog differ, if data was lost, or if events are left unprocessed; the data of
the stage is kept then.`;

/** Parses the command line. Throws an error that names the invalid option. */
export function readOptions(args: readonly string[]): SoakOptions | "help" {
  const { values } = parseArgs({
    args: [...args],
    options: {
      events: { type: "string", default: "2000" },
      seed: { type: "string", default: String(Date.now() % 2 ** 31) },
      keys: { type: "string", default: "400" },
      stage: { type: "string", default: `soak-${process.pid}` },
      lose: { type: "string", default: "0" },
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
    lose: wholeNumber("--lose", values.lose, 0) / 100,
    calm: values.calm,
    json: values.json,
  };
}

function wholeNumber(option: string, text: string, least: number): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(number) && number >= least) return number;
  throw new Error(`${option} must be a whole number of at least ${least}, not "${text}"`);
}

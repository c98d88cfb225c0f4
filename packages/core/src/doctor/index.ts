import { list } from "../catalog/list.ts";
import { completeness } from "../completeness/index.ts";
import { countDeadLetters } from "../dead/index.ts";
import { MAX_PAGE } from "../limits.ts";
import { arnOf } from "../queue/index.ts";
import {
  catalogTable,
  deadEventsQueue,
  eventSource,
  eventsQueue,
  filesBucket,
  reconcileMachine,
} from "../resource.ts";
import { type Checked, type CheckResult, ok, problem, warning } from "./check.ts";
import {
  checkAlarms,
  checkEventSource,
  checkIdentity,
  checkQueuePolicy,
  checkRecovery,
  checkRule,
} from "./infrastructure.ts";
import { checkNotification } from "./notification.ts";

export type { Checked } from "./check.ts";

const CHECKS: readonly (readonly [name: string, run: () => Promise<CheckResult>])[] = [
  ["identity", checkIdentity],
  ["bindings", checkBindings],
  ["notification", async () => checkNotification(await arnOf(eventsQueue()))],
  ["rule", checkRule],
  ["queue policy", checkQueuePolicy],
  ["event source", checkEventSource],
  ["dead letters", checkDeadLetters],
  ["alarms", checkAlarms],
  ["recovery", checkRecovery],
  ["verification", checkVerification],
  ["records", checkRecords],
];

/** A check that could not be made, and why. */
export interface NotChecked extends Checked {
  readonly error: unknown;
}

/** Checks a stage: each check by itself, so that one that fails does not hide the others. */
export function examine(): Promise<(Checked | NotChecked)[]> {
  return Promise.all(
    CHECKS.map(async ([name, run]) => {
      try {
        return { name, ...(await run()) };
      } catch (error) {
        return { name, status: "unknown", message: "It could not be checked.", error } as const;
      }
    }),
  );
}

async function checkBindings(): Promise<CheckResult> {
  // Each throws if it is not linked.
  for (const read of [eventsQueue, deadEventsQueue, reconcileMachine, eventSource]) read();
  return ok(`The bucket ${filesBucket()} and the table ${catalogTable()}.`);
}

async function checkDeadLetters(): Promise<CheckResult> {
  const letters = await countDeadLetters();
  if (letters === 0) return ok("There are none.");
  const what = letters === 1 ? "event" : "events";
  return problem(`${letters} ${what} could not be processed.`, "Run `waybill dead`.");
}

/** A comparison that is older than this is worth a warning. */
const MAX_DAYS = 31;

async function checkVerification(): Promise<CheckResult> {
  const { completeAsOf } = await completeness("");
  const fix = "Run `waybill verify`, or set `verifyEvery` in infra/stage.ts.";
  if (completeAsOf === undefined) {
    return warning("The catalog was never compared with the whole bucket.", fix);
  }
  const days = Math.floor((Date.now() - Date.parse(completeAsOf)) / 86_400_000);
  if (days > MAX_DAYS) return warning(`The last comparison was ${days} days ago.`, fix);
  return ok(`The catalog is complete as of ${completeAsOf}.`);
}

async function checkRecords(): Promise<CheckResult> {
  const { records, unfit } = await list({
    prefix: "",
    delimiter: undefined,
    startAfter: undefined,
    limit: MAX_PAGE,
  });
  const [first] = unfit;
  const all = records.length + unfit.length;
  if (first === undefined) return ok(`This version can read the first ${all} records.`);
  return problem(
    `This version cannot read ${unfit.length} of the first ${all} records: ${first.reason}`,
    "Use the version of Waybill that is deployed.",
  );
}

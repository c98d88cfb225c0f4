import { sleep } from "../clock.ts";
import type { WaitState } from "../definition/types.ts";
import { MAX_SECONDS } from "../limits.ts";
import { parseTimestamp } from "../timestamp.ts";
import { EvaluationFailure } from "./failure.ts";
import type { Step } from "./step.ts";

/** Waits as long as the state says. A time in the past does not wait. */
export async function performWait(step: Step<WaitState>): Promise<void> {
  const { clock } = step.run;
  const { Seconds, Timestamp } = step.state;
  let milliseconds = 0;
  if (Timestamp === undefined) {
    milliseconds = 1000 * (await step.integer("Seconds", Seconds ?? 0, 0, MAX_SECONDS));
  } else {
    const text = await step.text("Timestamp", Timestamp);
    const time = parseTimestamp(text);
    if (time === undefined) {
      throw new EvaluationFailure(
        `The Timestamp field cannot be parsed as an ISO-8601 extended offset date-time format string: ${text}`,
        "Timestamp",
      );
    }
    milliseconds = time - clock.now();
  }
  if (milliseconds > 0) await sleep(clock, milliseconds, step.branch.signal);
}

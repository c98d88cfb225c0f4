import { type CheckResult, ok, problem } from "./check.ts";

/** A rule of a bucket's notification configuration that sends to a queue. */
export interface QueueRule {
  readonly queueArn: string;
  /** Such as `s3:ObjectCreated:*`. */
  readonly events: readonly string[];
  /** Such as `prefix logs/`; only matching keys are notified. */
  readonly filters: readonly string[];
}

const DEPLOY =
  "Deploy the stage after `sst refresh --stage <stage>`, and run `waybill repair` for what was missed.";

/** Whether the rules of a bucket send all wanted events of all keys to the queue. */
export function checkRules(
  rules: readonly QueueRule[],
  queueArn: string,
  wanted: readonly string[],
): CheckResult {
  const own = rules.filter((rule) => rule.queueArn === queueArn);
  if (own.length === 0) {
    return problem("The bucket does not notify the queue of events: no event arrives.", DEPLOY);
  }
  const filtered = own.filter(({ filters }) => filters.length > 0);
  if (filtered.length > 0) {
    const filters = filtered.flatMap((rule) => rule.filters).join(", ");
    return problem(`The bucket notifies the queue only of some keys: ${filters}.`, DEPLOY);
  }
  const events = own.flatMap((rule) => rule.events);
  const missing = wanted.filter((event) => !events.some((given) => covers(given, event)));
  if (missing.length > 0) {
    return problem(`The bucket does not notify the queue of ${missing.join(", ")}.`, DEPLOY);
  }
  return ok("The bucket notifies the queue of all events of all keys.");
}

const covers = (given: string, event: string): boolean =>
  given === event || (given.endsWith(":*") && event.startsWith(given.slice(0, -1)));

/** Whether a queue policy lets a source send messages; its statements are those of IAM. */
export function maySend(policy: string | undefined, service: string, sourceArn: string): boolean {
  if (policy === undefined || policy === "") return false;
  const { Statement = [] } = JSON.parse(policy) as { Statement?: unknown };
  return [Statement].flat().some((statement) => {
    const { Effect, Action, Principal, Condition } = statement as Record<string, unknown>;
    const services = [(Principal as { Service?: unknown } | undefined)?.Service].flat();
    const actions = [Action].flat();
    const condition = JSON.stringify(Condition ?? {});
    const isSource =
      !condition.includes("aws:SourceArn") || condition.includes(JSON.stringify(sourceArn));
    return (
      Effect === "Allow" &&
      services.includes(service) &&
      actions.some((action) => /^(sqs:)?(SendMessage|\*)$/i.test(String(action))) &&
      isSource
    );
  });
}

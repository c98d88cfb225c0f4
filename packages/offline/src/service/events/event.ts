import type { Place } from "../../edge/requirement.ts";

/** An event in EventBridge's envelope. */
export interface BusEvent {
  readonly version: "0";
  readonly id: string;
  readonly "detail-type": string;
  readonly source: string;
  readonly account: string;
  /** In whole seconds. */
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: unknown;
}

interface Content {
  readonly type: string;
  readonly source: string;
  readonly time: Date;
  readonly resources: readonly string[];
  readonly detail: unknown;
}

/** Creates an event (Amazon EventBridge User Guide, "Event structure reference"). */
export const newEvent = (
  { region, accountId }: Place,
  { type, source, time, resources, detail }: Content,
): BusEvent => ({
  version: "0",
  id: crypto.randomUUID(),
  "detail-type": type,
  source,
  account: accountId,
  time: `${time.toISOString().slice(0, 19)}Z`,
  region,
  resources,
  detail,
});

/** Creates the event of a schedule of a rule. */
export const scheduledEvent = (place: Place, ruleArn: string, time: Date): BusEvent =>
  newEvent(place, {
    type: "Scheduled Event",
    source: "aws.events",
    time,
    resources: [ruleArn],
    detail: {},
  });

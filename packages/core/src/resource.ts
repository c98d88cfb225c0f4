import { Resource } from "sst";

/** The app and the stage of this process. */
export const app = (): { name: string; stage: string } => Resource.App;

/** The name of the bucket that the catalog describes. */
export const filesBucket = (): string => Resource.Files.name;

/** The name of the catalog table. */
export const catalogTable = (): string => Resource.Catalog.name;

/** Whether records have the tags of their objects. */
export const recordsTags = (): boolean => Resource.Settings.tags;

/** How the events of the bucket arrive: by its own notification, or by a rule of EventBridge. */
export function eventSource():
  | { readonly kind: "notification" }
  | { readonly kind: "eventbridge"; readonly ruleArn: string } {
  const { rule } = Resource.Settings;
  return rule === "" ? { kind: "notification" } : { kind: "eventbridge", ruleArn: rule };
}

/** The ARN of the state machine that compares the bucket with the catalog. */
export const reconcileMachine = (): string => Resource.Reconcile.arn;

/** The URL of the queue of S3's events. */
export const eventsQueue = (): string => Resource.Events.url;

/** The URL of the dead-letter queue: events that could not be processed. */
export const deadEventsQueue = (): string => Resource.DeadEvents.url;

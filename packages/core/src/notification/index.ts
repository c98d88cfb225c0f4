export { kindOf } from "./event.ts";
export type {
  ChangedEvent,
  EventFacts,
  IgnoredEvent,
  ObjectEvent,
  SequencedEvent,
} from "./event.ts";
export { type Notification, parseNotification } from "./parse.ts";

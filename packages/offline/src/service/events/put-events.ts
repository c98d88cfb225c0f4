import * as z from "zod";

import { newEvent } from "./event.ts";
import type { EventsContext } from "./operations.ts";
import { busNameOf, DEFAULT_BUS } from "./plan.ts";

const Entry = z.object({
  EventBusName: z.string().default(DEFAULT_BUS).transform(busNameOf),
  Source: z.string().default(""),
  DetailType: z.string().default(""),
  Detail: z.string().default(""),
  Resources: z.array(z.string()).default([]),
  /** Seconds since 1970. */
  Time: z.number().optional(),
});
/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html */
const Input = z.object({
  Entries: z.array(Entry).min(1).max(10),
  EndpointId: z.undefined({ error: "offline does not support global endpoints" }).optional(),
});

interface EntryError {
  readonly ErrorCode: string;
  readonly ErrorMessage: string;
}

/** Puts events on their buses. An entry that is not valid does not affect the others. */
export function putEvents(context: EventsContext, input: unknown): object {
  const Entries = Input.parse(input).Entries.map((entry) => put(context, entry));
  const FailedEntryCount = Entries.filter((entry) => "ErrorCode" in entry).length;
  return { FailedEntryCount, Entries };
}

function put(
  { rules, place, clock, onEvent }: EventsContext,
  entry: z.output<typeof Entry>,
): EntryError | { EventId: string } {
  const { EventBusName, Source, DetailType, Detail, Resources, Time } = entry;
  const problem = errorOf(entry);
  if (problem) return problem;
  const event = newEvent(place, {
    type: DetailType,
    source: Source,
    time: Time === undefined ? clock.now() : new Date(Time * 1000),
    resources: Resources,
    detail: JSON.parse(Detail),
  });
  if (!rules.hasBus(EventBusName)) {
    const message = `an event of ${Source} is lost, because the bus ${EventBusName} does not exist.`;
    onEvent({ type: "problem", message });
  }
  rules.put(EventBusName, event);
  return { EventId: event.id };
}

function errorOf({ Source, DetailType, Detail }: z.output<typeof Entry>): EntryError | undefined {
  for (const [name, value] of Object.entries({ Source, DetailType, Detail })) {
    if (value !== "") continue;
    const ErrorMessage = `Parameter ${name} is not valid. Reason: ${name} is a required argument.`;
    return { ErrorCode: "InvalidArgument", ErrorMessage };
  }
  if (Source.startsWith("aws.")) {
    return {
      ErrorCode: "NotAuthorizedForSourceException",
      ErrorMessage: `Not authorized for the source ${Source}.`,
    };
  }
  return isJsonObject(Detail)
    ? undefined
    : { ErrorCode: "MalformedDetail", ErrorMessage: "Detail is malformed." };
}

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

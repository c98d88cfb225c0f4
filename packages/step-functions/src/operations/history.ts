import type { HistoryEvent } from "../execution/history.ts";
import { isObject } from "../json.ts";
import { optionalBoolean } from "../input.ts";
import { pageOf } from "../page.ts";
import { executionIn, type Operation, seconds } from "./operation.ts";

/** Members of details with data of the execution. */
const DATA = new Set(["input", "output", "parameters", "assignedVariables"]);

const withoutData = (details: unknown) =>
  isObject(details)
    ? Object.fromEntries(Object.entries(details).filter(([name]) => !DATA.has(name)))
    : details;

const rendered = (
  { id, previousEventId, type, timestamp, details }: HistoryEvent,
  data: boolean,
) => ({
  id,
  previousEventId,
  type,
  timestamp: seconds(timestamp),
  ...(data
    ? details
    : Object.fromEntries(
        Object.entries(details).map(([name, value]) => [name, withoutData(value)]),
      )),
});

export const getExecutionHistory: Operation = (engine, input) => {
  const { history } = executionIn(engine, input);
  const reverse = optionalBoolean(input, "reverseOrder") ?? false;
  const data = optionalBoolean(input, "includeExecutionData") ?? true;
  const events = reverse ? history.events.toReversed() : history.events;
  const { page, ...rest } = pageOf(input, events, ({ id }) => (reverse ? -id : id));
  return { events: page.map((event) => rendered(event, data)), ...rest };
};

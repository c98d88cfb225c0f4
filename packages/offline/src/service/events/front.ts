import { jsonFront } from "../../edge/json-front.ts";
import type { Front } from "../../edge/front.ts";
import { eventsNeeds } from "./iam.ts";
import { type EventsContext, handleEvents } from "./operations.ts";

/** EventBridge in its JSON protocol. */
export const eventsFront = (context: EventsContext): Front =>
  jsonFront({
    name: "events",
    title: "EventBridge",
    target: "AWSEvents.",
    signingName: "events",
    internalError: "InternalException",
    needs: (operation, input) => eventsNeeds(operation, input, context.place),
    perform: (operation, input) => handleEvents(context, operation, input),
  });

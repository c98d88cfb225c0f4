import type { Filter } from "./filter.ts";
import type { EventNote } from "./stored.ts";

/**
 * Whether an event was caused by `who`: it is exactly the event's principal, the part of the principal
 * after its last colon, the source IP address, or the id of the request.
 *
 * S3 names a role session `AWS:<role id>:<session name>` and an IAM user `AWS:<user id>` (Amazon S3 User
 * Guide, "Event message structure"), so that part is the name of the session or the id of the user.
 */
export function isCausedBy(
  { principal, sourceIp, requestId }: Pick<EventNote, "principal" | "sourceIp" | "requestId">,
  who: string,
): boolean {
  if (who === principal || who === sourceIp || who === requestId) return true;
  return principal !== undefined && principal.slice(principal.lastIndexOf(":") + 1) === who;
}

/**
 * Keeps every record whose event `isCausedBy` matches. It also keeps some whose principal has `who` in the
 * middle: a filter of DynamoDB cannot compare the end of a text.
 */
export function causedBy(who: string): Filter {
  return {
    expression:
      "(#event.#principal = :who OR #event.#sourceIp = :who OR #event.#requestId = :who" +
      " OR contains(#event.#principal, :whoAtEnd))",
    names: {
      "#event": "event",
      "#principal": "principal",
      "#sourceIp": "sourceIp",
      "#requestId": "requestId",
    },
    values: { ":who": who, ":whoAtEnd": `:${who}` },
  };
}

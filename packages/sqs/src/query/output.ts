import type { SqsError } from "../error.ts";
import { isInput } from "../input.ts";

const NAMESPACE = "http://queue.amazonaws.com/doc/2012-11-05/";

// The names of list and map members in responses of the Query protocol (`locationName` in the
// model).
const LISTS: Record<string, string> = {
  Messages: "Message",
  QueueUrls: "QueueUrl",
  queueUrls: "QueueUrl",
  Failed: "BatchResultErrorEntry",
  Results: "ListMessageMoveTasksResultEntry",
};
const MAPS: Record<string, { element: string; key: string }> = {
  Attributes: { element: "Attribute", key: "Name" },
  MessageAttributes: { element: "MessageAttribute", key: "Name" },
  Tags: { element: "Tag", key: "Key" },
};

/** Operations without a result. */
const WITHOUT_RESULT = new Set([
  "ChangeMessageVisibility",
  "DeleteMessage",
  "DeleteQueue",
  "PurgeQueue",
  "SetQueueAttributes",
  "TagQueue",
  "UntagQueue",
]);

/** Renders the output of an operation, as the JSON protocol has it, in XML. */
export function renderQueryOutput(
  operation: string,
  output: Record<string, unknown>,
  requestId: string,
): string {
  const result = WITHOUT_RESULT.has(operation)
    ? ""
    : element(`${operation}Result`, members(output, operation));
  const metadata = element("ResponseMetadata", element("RequestId", escapeText(requestId)));
  return document(`${operation}Response`, result + metadata);
}

export function renderQueryError(error: SqsError, requestId: string): string {
  const fault = error.status >= 500 ? "Receiver" : "Sender";
  // The Query protocol has kept its older message.
  const message = error.code.endsWith("NonExistentQueue")
    ? "The specified queue does not exist for this wsdl version."
    : error.message;
  const details =
    element("Type", fault) +
    element("Code", escapeText(error.code)) +
    element("Message", escapeText(message)) +
    element("Detail", "");
  return document(
    "ErrorResponse",
    element("Error", details) + element("RequestId", escapeText(requestId)),
  );
}

const document = (root: string, content: string) =>
  `<?xml version="1.0"?><${root} xmlns="${NAMESPACE}">${content}</${root}>`;

const element = (name: string, content: string) => `<${name}>${content}</${name}>`;

function members(structure: Readonly<Record<string, unknown>>, operation: string): string {
  return Object.entries(structure)
    .map(([name, value]) => member(name, value, operation))
    .join("");
}

function member(name: string, value: unknown, operation: string): string {
  if (Array.isArray(value)) {
    const item = name === "Successful" ? `${operation}ResultEntry` : (LISTS[name] ?? name);
    return value.map((each: unknown) => element(item, content(each, operation))).join("");
  }
  const map = MAPS[name];
  if (map && isInput(value)) {
    return Object.entries(value)
      .map(([key, each]) =>
        element(
          map.element,
          element(map.key, escapeText(key)) + element("Value", content(each, operation)),
        ),
      )
      .join("");
  }
  return element(name, content(value, operation));
}

const content = (value: unknown, operation: string) =>
  isInput(value) ? members(value, operation) : escapeText(String(value));

const ENTITIES: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  // An XML parser would read it as a line feed (XML 1.0, section 2.11).
  "\r": "&#xD;",
};

const escapeText = (text: string) =>
  text.replaceAll(/[&<>"\r]/g, (found) => ENTITIES[found] ?? found);

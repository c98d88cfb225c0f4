import { invalidDefinition } from "../error.ts";
import { isObject } from "../json.ts";
import { visitExpressions } from "../jsonata/expressions.ts";
import { MAX_NAME_LENGTH } from "../limits.ts";
import { parseTimestamp } from "../timestamp.ts";
import { checkFields, type Checks, type Members } from "./check.ts";
import {
  CATCHER_FIELDS,
  CREDENTIALS_FIELDS,
  RETRIER_FIELDS,
  RULE_FIELDS,
  STATE_FIELDS,
  UNSUPPORTED_FIELDS,
} from "./fields.ts";

const REQUIRED: Readonly<Record<string, readonly string[]>> = {
  Task: ["Resource"],
  Map: ["ItemProcessor"],
  Parallel: ["Branches"],
  Choice: ["Choices"],
};

/** Fields with states of their own, whose expressions are checked with those states. */
const NESTED = new Set(["Branches", "ItemProcessor"]);

/** Throws `StepFunctionsError` InvalidDefinition if the fields of a state are not valid. */
export function checkState(name: string, value: unknown, at: string, checks: Checks): Members {
  if (name.length > MAX_NAME_LENGTH) {
    throw invalidDefinition(`A state name can have at most ${MAX_NAME_LENGTH} characters`, at);
  }
  const type = isObject(value) ? String(value["Type"]) : "";
  const fields = STATE_FIELDS.get(type);
  if (fields === undefined) {
    const types = [...STATE_FIELDS.keys()].join(", ");
    throw invalidDefinition(
      `The field 'Type' should have one of these values: [${types}]`,
      `${at}/Type`,
    );
  }
  checkLanguage(value as Members, at, checks);
  const state = checkFields(value, at, fields, {
    required: REQUIRED[type] ?? [],
    unsupported: UNSUPPORTED_FIELDS.get(type) ?? [],
  });
  checkList(state, "Retry", at, RETRIER_FIELDS, ["ErrorEquals"]);
  checkList(state, "Catch", at, CATCHER_FIELDS, ["ErrorEquals", "Next"]);
  checkList(state, "Choices", at, RULE_FIELDS, ["Condition", "Next"]);
  checkWildcards(state, "Retry", at);
  checkWildcards(state, "Catch", at);
  if (type === "Task") checkTask(state, at, checks);
  if (type === "Wait") checkWait(state, at);
  if ("Next" in fields && (state["Next"] === undefined) === (state["End"] === undefined)) {
    throw invalidDefinition("Exactly one of the fields Next and End is required", at);
  }
  checkExpressions(state, at, checks);
  return state;
}

function checkLanguage({ QueryLanguage }: Members, at: string, { jsonata }: Checks): void {
  if (QueryLanguage === "JSONata" || (QueryLanguage === undefined && jsonata)) return;
  const message = "Only the query language JSONata is supported by this server";
  throw invalidDefinition(message, `${at}/QueryLanguage`);
}

function checkList(
  state: Members,
  field: string,
  at: string,
  fields: Parameters<typeof checkFields>[2],
  required: readonly string[],
): void {
  const items = (state[field] ?? []) as unknown[];
  for (const [index, item] of items.entries()) {
    checkFields(item, `${at}/${field}[${index}]`, fields, { required });
  }
}

/** States.ALL must be alone, and in the last retrier or catcher: Amazon States Language, Errors. */
function checkWildcards(state: Members, field: string, at: string): void {
  const items = (state[field] ?? []) as { ErrorEquals: string[] }[];
  for (const [index, { ErrorEquals }] of items.entries()) {
    if (!ErrorEquals.includes("States.ALL")) continue;
    if (ErrorEquals.length === 1 && index === items.length - 1) continue;
    const message = `States.ALL must be alone in the last item of ${field}`;
    throw invalidDefinition(message, `${at}/${field}[${index}]/ErrorEquals`);
  }
}

function checkTask({ Resource, Credentials }: Members, at: string, checks: Checks): void {
  if (Credentials !== undefined) {
    const required = ["RoleArn"];
    checkFields(Credentials, `${at}/Credentials`, CREDENTIALS_FIELDS, { required });
  }
  const resource = String(Resource);
  const pattern = /\.(sync|waitForTaskToken)\b/.exec(resource)?.[0];
  if (pattern !== undefined && checks.type === "EXPRESS") {
    const message = `Express state machine does not support '${pattern}' service integration`;
    throw invalidDefinition(message, `${at}/Resource`);
  }
  if (!checks.supports(resource)) {
    const message = `The resource '${resource}' is not supported by this server`;
    throw invalidDefinition(message, `${at}/Resource`);
  }
}

function checkWait({ Seconds, Timestamp }: Members, at: string): void {
  if ((Seconds === undefined) === (Timestamp === undefined)) {
    throw invalidDefinition("Exactly one of the fields Seconds and Timestamp is required", at);
  }
  if (typeof Timestamp !== "string" || Timestamp.startsWith("{%")) return;
  if (parseTimestamp(Timestamp) === undefined) {
    throw invalidDefinition("Field 'Timestamp' must be an ISO-8601 date-time", `${at}/Timestamp`);
  }
}

function checkExpressions(state: Members, at: string, { expressions }: Checks): void {
  for (const [field, value] of Object.entries(state)) {
    if (NESTED.has(field)) continue;
    visitExpressions(value, `${at}/${field}`, (expression, path) => {
      try {
        expressions.compile(expression);
      } catch (cause) {
        const reason = cause instanceof Error ? cause.message : String(cause);
        const message = `The JSONata expression '${expression}' has a syntax error: ${reason}`;
        throw invalidDefinition(message, path, cause);
      }
    });
  }
}

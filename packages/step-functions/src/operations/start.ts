import { parseArn } from "../arn.ts";
import {
  constraint,
  executionAlreadyExists,
  invalidExecutionInput,
  invalidName,
} from "../error.ts";
import { type Input, optionalText } from "../input.ts";
import { MAX_NAME_LENGTH, MAX_PAYLOAD_BYTES } from "../limits.ts";
import { machineIn, type Operation, seconds } from "./operation.ts";

// "A name must not contain white space, brackets, wildcard characters, special characters, control
// characters, surrogates": API Reference, StartExecution.
const NAME = /^[^\s<>{}[\]?*"#%\\^|~`$&,;:/\p{Cc}\p{Cs}\u{FFFE}\u{FFFF}]+$/u;

function nameIn(input: Input, uuid: () => string): string {
  const name = optionalText(input, "name") ?? uuid();
  if (name === "") throw constraint("name", "have length greater than or equal to 1", name);
  if (name.length > MAX_NAME_LENGTH) {
    throw constraint("name", `have length less than or equal to ${MAX_NAME_LENGTH}`, name);
  }
  if (!NAME.test(name)) throw invalidName(name);
  return name;
}

function executionInputIn(input: Input): string {
  const text = optionalText(input, "input", Infinity) ?? "{}";
  if (Buffer.byteLength(text) > MAX_PAYLOAD_BYTES) {
    throw constraint("input", `have length less than or equal to ${MAX_PAYLOAD_BYTES}`);
  }
  try {
    JSON.parse(text);
  } catch (cause) {
    const reason = text === "" ? "Invalid execution input." : (cause as SyntaxError).message;
    throw invalidExecutionInput(reason, cause);
  }
  return text;
}

/**
 * Starts an execution. A running execution of a standard state machine with the same name and input
 * is returned instead.
 */
export const startExecution: Operation = (engine, input) => {
  const { executions, environment } = engine;
  const machine = machineIn(engine, input);
  const name = nameIn(input, environment.uuid);
  const text = executionInputIn(input);
  const { prefix } = parseArn(machine.arn, "stateMachine");
  const arn =
    machine.type === "STANDARD"
      ? `${prefix}:execution:${machine.name}:${name}`
      : `${prefix}:express:${machine.name}:${name}:${environment.uuid()}`;
  const existing = executions.find(arn);
  if (existing !== undefined && (existing.status !== "RUNNING" || existing.input !== text)) {
    throw executionAlreadyExists(arn);
  }
  const { startDate } = existing ?? engine.start(machine, arn, name, text);
  return { executionArn: arn, startDate: seconds(startDate) };
};

export type { Clock } from "./clock.ts";
export type { StateMachineType } from "./definition/types.ts";
export { StepFunctionsError } from "./error.ts";
export type { StateMachine } from "./execution/machine.ts";
export {
  parseStepFunctionsRequest,
  type ParsedRequest,
  type RenderedResponse,
  renderStepFunctionsResponse,
} from "./protocol.ts";
export {
  type EndedExecution,
  StepFunctions,
  type StepFunctionsOptions,
  type StepFunctionsRequest,
} from "./step-functions.ts";
export { TaskError, type TaskContext, type TaskPort } from "./task.ts";

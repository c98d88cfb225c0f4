export {
  type EngineOptions,
  type Execution,
  type MachineSettings,
  type Status,
  StepFunctions,
} from "./engine.ts";
export { StateError, StepFunctionsError } from "./error.ts";
export { handle, type Operation, OPERATIONS } from "./operations.ts";

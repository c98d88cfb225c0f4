import type { Json } from "../json.ts";

// The members have the names of the Amazon States Language. `parseDefinition` validates them.

export type StateMachineType = "STANDARD" | "EXPRESS";

/** A text with an expression, or a value. */
export type OrExpression<Value> = Value | string;

export interface Retrier {
  readonly ErrorEquals: readonly string[];
  readonly IntervalSeconds?: number;
  readonly MaxAttempts?: number;
  readonly BackoffRate?: number;
  readonly MaxDelaySeconds?: number;
  readonly JitterStrategy?: "FULL" | "NONE";
}

/** What a state hands on: its output, the variables that it assigns. */
export interface Results {
  readonly Output?: Json;
  readonly Assign?: { readonly [name: string]: Json };
}

export interface Catcher extends Results {
  readonly ErrorEquals: readonly string[];
  readonly Next: string;
}

interface Transition {
  readonly Next?: string;
  readonly End?: boolean;
}

interface Handlers {
  readonly Retry?: readonly Retrier[];
  readonly Catch?: readonly Catcher[];
}

export interface TaskState extends Results, Transition, Handlers {
  readonly Type: "Task";
  readonly Resource: string;
  readonly Arguments?: Json;
  readonly Credentials?: { readonly RoleArn: string };
  readonly TimeoutSeconds?: OrExpression<number>;
}

export interface MapState extends Results, Transition, Handlers {
  readonly Type: "Map";
  readonly Items?: OrExpression<Json[]>;
  readonly ItemSelector?: Json;
  readonly ItemProcessor: Graph & {
    readonly ProcessorConfig?: {
      readonly Mode?: "INLINE" | "DISTRIBUTED";
      readonly ExecutionType?: StateMachineType;
    };
  };
  readonly MaxConcurrency?: OrExpression<number>;
}

export interface ParallelState extends Results, Transition, Handlers {
  readonly Type: "Parallel";
  readonly Branches: readonly Graph[];
  readonly Arguments?: Json;
}

export interface ChoiceState extends Results {
  readonly Type: "Choice";
  readonly Choices: readonly ChoiceRule[];
  readonly Default?: string;
}

export interface ChoiceRule extends Results {
  readonly Condition: OrExpression<boolean>;
  readonly Next: string;
}

export interface WaitState extends Results, Transition {
  readonly Type: "Wait";
  readonly Seconds?: OrExpression<number>;
  readonly Timestamp?: string;
}

export interface PassState extends Results, Transition {
  readonly Type: "Pass";
}

export interface SucceedState extends Results {
  readonly Type: "Succeed";
}

export interface FailState {
  readonly Type: "Fail";
  readonly Error?: string;
  readonly Cause?: string;
}

export type State =
  | TaskState
  | MapState
  | ParallelState
  | ChoiceState
  | WaitState
  | PassState
  | SucceedState
  | FailState;

export interface Graph {
  readonly StartAt: string;
  readonly States: { readonly [name: string]: State };
}

export interface Definition extends Graph {
  readonly TimeoutSeconds?: number;
}

export const isDistributed = ({ ItemProcessor }: MapState) =>
  ItemProcessor.ProcessorConfig?.Mode === "DISTRIBUTED";

import { OfflineError } from "../../ground/error.ts";
import { type Graph, type GraphResource, resourcesOf } from "../../synth/graph.ts";
import { inputsOf, z } from "../../synth/inputs.ts";
import { parseTargetInput, type TargetInput, TargetInputError } from "./target-input.ts";

export const TARGET = "aws:cloudwatch/eventTarget:EventTarget";

export interface TargetPlan {
  /** The logical name of its resource. */
  readonly resource: string;
  readonly id: string;
  /** A queue, a topic, a function or a state machine. */
  readonly arn: string;
  /** The role with which EventBridge starts a state machine. */
  readonly roleArn: string | undefined;
  /** As declared. */
  readonly input: string | undefined;
  readonly inputPath: string | undefined;
  readonly inputOf: TargetInput;
  /** The queue for events that cannot be delivered. */
  readonly deadLetterArn: string | undefined;
}

const Inputs = z.object({
  rule: z.string(),
  arn: z.string(),
  eventBusName: z.string().default("default"),
  targetId: z.string().optional(),
  roleArn: z.string().optional(),
  input: z.string().optional(),
  inputPath: z.string().optional(),
  inputTransformer: z.unknown().optional(),
  deadLetterConfig: z.object({ arn: z.string().optional() }).optional(),
});

/** The ARN of a standard queue or topic, a function or a state machine. */
const RUNNABLE =
  /^arn:aws[a-z-]*:((?:sqs|sns):[^:]*:\d*:[\w-]+|lambda:[^:]*:\d*:function:[\w-]+|states:[^:]*:\d*:stateMachine:[\w-]+)$/;

/**
 * Returns the targets of a rule that can run. Throws `OfflineError` (`provision.unsupported`) for one
 * whose input is not supported, because it would receive something else than on AWS.
 */
export function planTargets(graph: Graph, rule: string, bus: string): TargetPlan[] {
  return resourcesOf(graph, TARGET)
    .map((resource) => ({ resource, inputs: inputsOf(resource, Inputs) }))
    .filter(
      ({ inputs }) =>
        inputs.rule === rule &&
        inputs.eventBusName.split("/").at(-1) === bus &&
        RUNNABLE.test(inputs.arn),
    )
    .map(({ resource, inputs }) => ({
      resource: resource.name,
      id: inputs.targetId ?? resource.name,
      arn: inputs.arn,
      roleArn: inputs.roleArn,
      input: inputs.input,
      inputPath: inputs.inputPath,
      inputOf: inputOf(resource, inputs),
      deadLetterArn: inputs.deadLetterConfig?.arn,
    }));
}

function inputOf(
  { name }: GraphResource,
  { input, inputPath, inputTransformer }: z.output<typeof Inputs>,
): TargetInput {
  try {
    if (inputTransformer !== undefined && inputTransformer !== null) {
      throw new TargetInputError(
        "offline does not support its inputTransformer. Use input or inputPath.",
      );
    }
    return parseTargetInput(input, inputPath);
  } catch (cause) {
    if (!(cause instanceof TargetInputError)) throw cause;
    const message = `the target ${name} of a rule cannot be created: ${cause.message}`;
    throw new OfflineError("provision.unsupported", message, { cause });
  }
}

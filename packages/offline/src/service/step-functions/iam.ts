import { type Body, derive, textOf, UnknownRequestError } from "../../edge/derivation.ts";
import type { Derivation, Requirement } from "../../edge/requirement.ts";

const ARN = /^arn:aws[a-z-]*:states:[a-z0-9-]+:\d{12}:(?:stateMachine|execution|mapRun):[\w./:-]+$/;

const on =
  (action: string, member: string) =>
  (body: Body): Requirement[] => {
    const resource = textOf(body, member);
    if (!ARN.test(resource)) throw new UnknownRequestError(`${member} must be an ARN`);
    return [{ action: `states:${action}`, resource, context: {} }];
  };

const OPERATIONS: Readonly<Record<string, (body: Body) => Requirement[]>> = {
  StartExecution: on("StartExecution", "stateMachineArn"),
  DescribeExecution: on("DescribeExecution", "executionArn"),
  StopExecution: on("StopExecution", "executionArn"),
  ListExecutions: on("ListExecutions", "stateMachineArn"),
  DescribeStateMachine: on("DescribeStateMachine", "stateMachineArn"),
  GetExecutionHistory: on("GetExecutionHistory", "executionArn"),
  ListMapRuns: on("ListMapRuns", "executionArn"),
  DescribeMapRun: on("DescribeMapRun", "mapRunArn"),
};

/**
 * Returns the permissions that a call of Step Functions needs (Service Authorization Reference,
 * "Actions, resources, and condition keys for AWS Step Functions").
 */
export const statesNeeds = (operation: string, input: unknown): Derivation =>
  derive(`AWSStepFunctions.${operation}`, input, (body) => {
    const requirementsOf = Object.hasOwn(OPERATIONS, operation) ? OPERATIONS[operation] : undefined;
    if (!requirementsOf) throw new UnknownRequestError("offline does not support this operation");
    return requirementsOf(body);
  });

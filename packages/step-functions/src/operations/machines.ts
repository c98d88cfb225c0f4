import { machineIn, type Operation, seconds } from "./operation.ts";

export const describeStateMachine: Operation = (engine, input) => {
  const { arn, name, definition, roleArn, type, creationDate } = machineIn(engine, input);
  return {
    stateMachineArn: arn,
    name,
    status: "ACTIVE",
    definition,
    roleArn,
    type,
    creationDate: seconds(creationDate),
    loggingConfiguration: { level: "OFF", includeExecutionData: false },
    tracingConfiguration: { enabled: false },
  };
};

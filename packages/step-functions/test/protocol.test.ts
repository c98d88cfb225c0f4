import http from "node:http";

import {
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  ListStateMachinesCommand,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from "@aws-sdk/client-sfn";
import { expect, onTestFinished, test } from "vitest";

import {
  parseStepFunctionsRequest,
  renderStepFunctionsResponse,
  StepFunctionsError,
} from "../src/index.ts";
import { engineOf, MACHINE, pass, REGION_ARN } from "./fixture.ts";

const executionArn = `${REGION_ARN}:execution:machine:one`;

/** Starts an engine behind a server, and a client of it. */
async function clientOf(...args: Parameters<typeof engineOf>) {
  const started = engineOf(...args);
  const server = http.createServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      let output;
      try {
        const parsed = parseStepFunctionsRequest(request.headers, Buffer.concat(chunks));
        output = await started.engine.handle(parsed);
      } catch (error) {
        if (!(error instanceof StepFunctionsError)) throw error;
        output = error;
      }
      const { status, headers, body } = renderStepFunctionsResponse(output, "request-1");
      response.writeHead(status, headers).end(body);
    })();
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("The server has no port.");
  const client = new SFNClient({
    endpoint: `http://127.0.0.1:${address.port}`,
    region: "us-east-1",
    credentials: { accessKeyId: "any", secretAccessKey: "any" },
    maxAttempts: 1,
  });
  onTestFinished(() => {
    client.destroy();
    server.closeAllConnections();
    server.close();
  });
  return { ...started, client };
}

test("the AWS SDK starts, describes and lists executions, and reads their history", async () => {
  const { client } = await clientOf({ A: pass({ Output: "{% $states.input.x + 1 %}" }) });
  const started = await client.send(
    new StartExecutionCommand({ stateMachineArn: MACHINE, name: "one", input: '{"x":1}' }),
  );
  const startDate = new Date("2026-01-01T00:00:00Z");
  expect(started).toMatchObject({ executionArn, startDate });

  expect(await client.send(new DescribeExecutionCommand({ executionArn }))).toMatchObject({
    status: "SUCCEEDED",
    output: "2",
    startDate,
    stopDate: startDate,
  });
  const { executions } = await client.send(new ListExecutionsCommand({ stateMachineArn: MACHINE }));
  expect(executions).toMatchObject([{ executionArn, status: "SUCCEEDED" }]);
  const { events } = await client.send(new GetExecutionHistoryCommand({ executionArn }));
  expect(events).toMatchObject([
    { id: 1, type: "ExecutionStarted", timestamp: startDate },
    { id: 2, type: "PassStateEntered", stateEnteredEventDetails: { name: "A" } },
    { id: 3, type: "PassStateExited", stateExitedEventDetails: { output: "2" } },
    { id: 4, type: "ExecutionSucceeded", executionSucceededEventDetails: { output: "2" } },
  ]);
});

test("the AWS SDK stops an execution", async () => {
  const { client } = await clientOf({ A: { Type: "Wait", Seconds: 60, End: true } });
  await client.send(new StartExecutionCommand({ stateMachineArn: MACHINE, name: "one" }));
  const { stopDate } = await client.send(new StopExecutionCommand({ executionArn, error: "Stop" }));

  expect(stopDate).toEqual(new Date("2026-01-01T00:00:00Z"));
  expect(await client.send(new DescribeExecutionCommand({ executionArn }))).toMatchObject({
    status: "ABORTED",
    error: "Stop",
  });
});

test("the AWS SDK throws errors by their names", async () => {
  const { client } = await clientOf({ A: pass() });

  await expect(client.send(new DescribeExecutionCommand({ executionArn }))).rejects.toMatchObject({
    name: "ExecutionDoesNotExist",
    message: `Execution Does Not Exist: '${executionArn}'`,
  });
  await expect(client.send(new ListStateMachinesCommand({}))).rejects.toMatchObject({
    name: "UnknownOperationException",
  });
});

test.each([
  [{}, "{}"],
  [{ "x-amz-target": "AmazonSQS.SendMessage" }, "{}"],
  [{ "x-amz-target": "AWSStepFunctions.StartExecution" }, "{"],
  [{ "x-amz-target": "AWSStepFunctions.StartExecution" }, "[]"],
])("rejects a request with %j and %s", (headers, body) => {
  const parse = () => parseStepFunctionsRequest(headers, Buffer.from(body));

  expect(parse).toThrow(expect.objectContaining({ code: "SerializationException" }));
});

test("an empty body is an empty input", () => {
  const headers = { "x-amz-target": "AWSStepFunctions.ListMapRuns" };

  expect(parseStepFunctionsRequest(headers, Buffer.alloc(0))).toEqual({
    operation: "ListMapRuns",
    input: {},
  });
});

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";

import {
  DescribeExecutionCommand,
  DescribeStateMachineCommand,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from "@aws-sdk/client-sfn";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { handle, StepFunctions, type StepFunctionsError } from "../src/index.ts";
import { ARN, INVOKE } from "./run.ts";

const definition = JSON.stringify({
  StartAt: "A",
  States: { A: { Type: "Task", QueryLanguage: "JSONata", Resource: INVOKE, End: true } },
});
const options = {
  resources: [INVOKE],
  invoke: (_: unknown, signal: AbortSignal) =>
    new Promise<never>((_resolve, reject) => {
      signal.addEventListener("abort", () => reject(new Error("stopped")));
    }),
};

describe("a definition is refused that", () => {
  const state = { Type: "Task", QueryLanguage: "JSONata", Resource: INVOKE, End: true };
  test.each([
    ["has an unknown next state", { ...state, End: undefined, Next: "B" }, /MISSING_TRANSITION/],
    ["uses JSONPath", { ...state, QueryLanguage: "JSONPath" }, /JSONPath/],
    [
      "runs a task that is not supported",
      { ...state, Resource: "arn:aws:states:::sns:publish" },
      /sns/,
    ],
    ["has a member that is not run", { ...state, HeartbeatSeconds: 5 }, /HeartbeatSeconds/],
    ["has an expression that cannot be parsed", { ...state, Output: "{% 1 + %}" }, /Output/],
    ["has an unknown member", { ...state, Timeout: 5 }, /A is invalid/],
  ])("%s", (_, A, message) => {
    const text = JSON.stringify({ StartAt: "A", States: { A } });
    const settings = { name: "x", arn: ARN, roleArn: "r", definition: text };
    expect(() => new StepFunctions(options).define(settings)).toThrow(message);
  });
});

describe("the AWS SDK", () => {
  const engine = new StepFunctions(options);
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const operation = String(request.headers["x-amz-target"]).split(".")[1] ?? "";
    response.setHeader("content-type", "application/x-amz-json-1.0");
    try {
      response.end(JSON.stringify(handle(engine, operation, await json(request))));
    } catch (error) {
      const { code, message } = error as StepFunctionsError;
      response.statusCode = 400;
      response.end(JSON.stringify({ __type: code, message }));
    }
  };
  const server = createServer((request, response) => void answer(request, response));
  let client: SFNClient;

  beforeAll(async () => {
    engine.define({ name: "test", arn: ARN, roleArn: "role", definition });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    client = new SFNClient({
      endpoint: `http://127.0.0.1:${port}`,
      region: "us-east-1",
      credentials: { accessKeyId: "a", secretAccessKey: "b" },
    });
  });

  afterAll(async () => {
    await engine.close();
    server.close();
  });

  test("starts, describes, lists and stops an execution", async () => {
    const start = new StartExecutionCommand({ stateMachineArn: ARN, name: "a", input: '{"n":1}' });
    const { executionArn, startDate } = await client.send(start);
    expect(executionArn).toBe("arn:aws:states:us-east-1:000000000000:execution:test:a");
    expect(startDate).toBeInstanceOf(Date);
    // The same name and input is the same execution while it runs.
    expect((await client.send(start)).executionArn).toBe(executionArn);

    const look = new DescribeExecutionCommand({ executionArn });
    expect(await client.send(look)).toMatchObject({ status: "RUNNING", input: '{"n":1}' });
    const listed = await client.send(new ListExecutionsCommand({ stateMachineArn: ARN }));
    expect(listed.executions).toMatchObject([{ name: "a", status: "RUNNING" }]);

    await client.send(new StopExecutionCommand({ executionArn, error: "E", cause: "C" }));
    expect(await client.send(look)).toMatchObject({
      status: "ABORTED",
      error: "E",
      cause: "C",
    });
    await expect(client.send(start)).rejects.toMatchObject({ name: "ExecutionAlreadyExists" });
  });

  test("pages through executions, the latest first", async () => {
    for (const name of ["p1", "p2", "p3"]) engine.start(ARN, "{}", name);
    const input = { stateMachineArn: ARN, statusFilter: "RUNNING", maxResults: 2 } as const;
    const first = await client.send(new ListExecutionsCommand(input));
    const { nextToken } = first;
    const second = await client.send(new ListExecutionsCommand({ ...input, nextToken }));
    const names = [first, second].map(({ executions = [] }) => executions.map(({ name }) => name));
    expect(names).toEqual([["p3", "p2"], ["p1"]]);
    expect(second.nextToken).toBeUndefined();
  });

  test("describes a machine", async () => {
    const found = await client.send(new DescribeStateMachineCommand({ stateMachineArn: ARN }));
    expect(found).toMatchObject({ name: "test", definition, status: "ACTIVE" });
  });

  test("gets the errors of the API", async () => {
    const unknown = new DescribeExecutionCommand({ executionArn: `${ARN}:none` });
    await expect(client.send(unknown)).rejects.toMatchObject({ name: "ExecutionDoesNotExist" });
    const input = new StartExecutionCommand({ stateMachineArn: ARN, input: "{" });
    await expect(client.send(input)).rejects.toMatchObject({ name: "InvalidExecutionInput" });
    const other = new GetExecutionHistoryCommand({ executionArn: ARN });
    await expect(client.send(other)).rejects.toThrow("GetExecutionHistory is not supported");
  });
});

// A program that uses the packages: packed.test.ts copies it into an empty folder, checks its types there against the
// declarations of the packed packages, and runs it.
import http from "node:http";
import type { AddressInfo } from "node:net";

import { ApiError, createClient, type FileRecord } from "@waybill/client";
import { createNodeClient } from "@waybill/client/node";
import { evaluate, loadPolicy, type Decision } from "@waybill/iam";
import { startStack, type Stack, type StackOptions } from "@waybill/offline";
import { parseEmf } from "@waybill/offline/metrics";
import { synthesize, type Graph } from "@waybill/offline/synth";
import { startS3, type StartedS3 } from "@waybill/s3";
import { startSqs } from "@waybill/sqs";
import { StepFunctions } from "@waybill/step-functions";

async function storedText(): Promise<string> {
  const server: StartedS3 = await startS3({ buckets: ["files"] });
  const url = `${server.endpoint}/files/a.txt`;
  await fetch(url, { method: "PUT", body: "hello" });
  const text = await (await fetch(url)).text();
  await server.close();
  return text;
}

async function receivedText(): Promise<string | undefined> {
  const server = await startSqs({ queues: ["jobs"] });
  const QueueUrl = server.queueUrl("jobs");
  const call = async (operation: string, input: object) => {
    const headers = {
      "content-type": "application/x-amz-json-1.0",
      "x-amz-target": `AmazonSQS.${operation}`,
    };
    const body = JSON.stringify({ QueueUrl, ...input });
    return (await fetch(server.endpoint, { method: "POST", headers, body })).json();
  };
  await call("SendMessage", { MessageBody: "work" });
  const { Messages } = (await call("ReceiveMessage", {})) as { Messages?: { Body: string }[] };
  await server.close();
  return Messages?.[0]?.Body;
}

async function executionOutput(): Promise<string | undefined> {
  const arn = "arn:aws:states:us-east-1:000000000000:stateMachine:double";
  const Double = { Type: "Pass", Output: "{% $states.input * 2 %}", End: true };
  const definition = { QueryLanguage: "JSONata", StartAt: "Double", States: { Double } };
  return new Promise((resolve) => {
    const engine = new StepFunctions({
      tasks: { supports: () => false, invoke: async () => null },
      stateMachines: [
        { name: "double", arn, definition: JSON.stringify(definition), roleArn: "arn:role" },
      ],
      onExecutionEnd: ({ output }) => resolve(output),
    });
    const input = { stateMachineArn: arn, input: "21" };
    void engine.handle({ operation: "StartExecution", input });
  });
}

function decision(): Decision {
  const accountId = "111122223333";
  const statement = { Effect: "Allow", Action: "s3:Get*", Resource: "arn:aws:s3:::files/*" };
  const identity = [loadPolicy("reader", { Statement: [statement] }, "identity")];
  const principal = { type: "user", arn: `arn:aws:iam::${accountId}:user/ann`, accountId } as const;
  const read = { principal, action: "s3:GetObject", resource: "arn:aws:s3:::files/a" };
  return evaluate({ ...read, owner: accountId, context: {} }, { identity });
}

/** What the client returns for an API that rejects every request but one, and how many requests it signed. */
async function clientResults() {
  let signed = 0;
  const server = http.createServer((request, response) => {
    if (request.headers.authorization?.startsWith("AWS4-HMAC-SHA256 ")) signed++;
    const found = request.url === "/file?key=a.txt";
    response.writeHead(found ? 200 : 403, { "content-type": "application/json" });
    response.end(found ? '{ "key": "a.txt", "state": "present" }' : "{}");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const credentials = { accessKeyId: "AKIA0000000000000000", secretAccessKey: "secret" };
  const client = createClient({ url, region: "us-east-1", credentials });
  const record: FileRecord | undefined = await client.get("a.txt");
  const rejected = await client.get("b.txt").catch((error: unknown) => error);
  server.close();
  return { key: record?.key, status: rejected instanceof ApiError && rejected.status, signed };
}

/** Types of `offline` that a test of an app uses. */
export type Started = (options: StackOptions) => Promise<Stack>;
export type Evaluated = (root: string) => Promise<Graph>;
export const evaluated: Evaluated = (root) => synthesize({ root, stage: "test" });
export const started: Started = startStack;

const results = {
  s3: await storedText(),
  sqs: await receivedText(),
  stepFunctions: await executionOutput(),
  iam: decision().allowed,
  client: await clientResults(),
  node: typeof createNodeClient,
  metrics: parseEmf("no metric"),
};
process.stdout.write(`${JSON.stringify(results)}\n`);

import fs from "node:fs";
import net from "node:net";

import {
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { expect, onTestFinished, test } from "vitest";

import { SqsError, type StartedSqs, startSqs, type StartOptions } from "../src/index.ts";
import { temporaryFolder, until } from "./fixture.ts";

async function start(options?: StartOptions) {
  const server = await startSqs(options);
  onTestFinished(server.close);
  return { server, client: clientOf(server) };
}

function clientOf({ endpoint }: StartedSqs): SQSClient {
  const credentials = { accessKeyId: "any", secretAccessKey: "any" };
  const client = new SQSClient({ endpoint, region: "us-east-1", credentials, maxAttempts: 1 });
  onTestFinished(() => client.destroy());
  return client;
}

test("creates queues in the default account and Region", async () => {
  const { server, client } = await start({ queues: ["jobs", "mails"] });

  const { Attributes } = await client.send(
    new GetQueueAttributesCommand({
      QueueUrl: server.queueUrl("mails"),
      AttributeNames: ["QueueArn"],
    }),
  );

  expect(Attributes).toEqual({ QueueArn: "arn:aws:sqs:us-east-1:000000000000:mails" });
  expect(server.endpoint).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
});

test("accepts unsigned requests", async () => {
  const { server } = await start({ queues: ["jobs"] });

  const response = await fetch(`${server.endpoint}/?Action=ListQueues`);

  expect(response.status).toBe(200);
  await expect(response.text()).resolves.toContain(server.queueUrl("jobs"));
});

test("deletes its temporary folder when it is closed", async () => {
  const { server } = await start();
  expect(fs.existsSync(server.dir)).toBe(true);

  await server.close();
  await server.close();

  expect(fs.existsSync(server.dir)).toBe(false);
});

test("keeps the data of a given folder", async () => {
  const dir = temporaryFolder();
  const first = await start({ dir, queues: ["jobs"] });
  const QueueUrl = first.server.queueUrl("jobs");
  await first.client.send(new SendMessageCommand({ QueueUrl, MessageBody: "kept" }));
  await first.server.close();

  const second = await start({ dir, queues: ["jobs"] });

  const { Messages } = await second.client.send(
    new ReceiveMessageCommand({ QueueUrl: second.server.queueUrl("jobs") }),
  );
  expect(Messages).toMatchObject([{ Body: "kept" }]);
});

test("uses the given port, Region, account and clock", async () => {
  const port = await freePort();
  const clock = () => new Date("2026-03-01T12:00:00Z");
  const options = { port, region: "eu-west-1", accountId: "123456789012", clock };
  const { server, client } = await start({ ...options, queues: ["jobs"] });

  const { Attributes } = await client.send(
    new GetQueueAttributesCommand({ QueueUrl: server.queueUrl("jobs"), AttributeNames: ["All"] }),
  );

  expect(server.endpoint).toBe(`http://127.0.0.1:${port}`);
  expect(Attributes).toMatchObject({
    QueueArn: "arn:aws:sqs:eu-west-1:123456789012:jobs",
    CreatedTimestamp: String(Date.parse("2026-03-01T12:00:00Z") / 1000),
  });
});

test("cuts off waiting receives when it is closed, and loses no message", async () => {
  const dir = temporaryFolder();
  const { server, client } = await start({ dir, queues: ["jobs"] });
  const QueueUrl = server.queueUrl("jobs");
  const waiting = client
    .send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }))
    .catch((error: unknown) => error);
  await until(() => server.openRequests === 1);

  await server.close();

  await expect(waiting).resolves.toBeInstanceOf(Error);
  expect(server.openRequests).toBe(0);
});

test("rejects invalid queues and leaves nothing open", async () => {
  const dir = temporaryFolder();

  await expect(startSqs({ dir, queues: ["jobs.fifo"] })).rejects.toBeInstanceOf(SqsError);

  await start({ dir });
});

test("rejects a port in use and leaves nothing open", async () => {
  const dir = temporaryFolder();
  const { server } = await start();
  const port = Number(new URL(server.endpoint).port);

  await expect(startSqs({ dir, port })).rejects.toMatchObject({ code: "EADDRINUSE" });

  await start({ dir });
});

test("reports an internal error to the client", async () => {
  const { server, client } = await start({ queues: ["jobs"] });
  server.sqs.close();

  const send = client.send(
    new SendMessageCommand({ QueueUrl: server.queueUrl("jobs"), MessageBody: "x" }),
  );

  await expect(send).rejects.toMatchObject({
    name: "InternalError",
    message: "Internal error: statement has been finalized",
    $metadata: { httpStatusCode: 500 },
  });
});

async function freePort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("the server has no port");
  await new Promise((resolve) => {
    server.close(resolve);
  });
  return address.port;
}

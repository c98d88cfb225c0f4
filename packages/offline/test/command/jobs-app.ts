import path from "node:path";

import { GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { ReceiveMessageCommand, SendMessageCommand } from "@aws-sdk/client-sqs";
import { expect } from "vitest";
import * as z from "zod";

import { type App, config, makeApp } from "../app.ts";
import { clientsOf } from "../clients.ts";
import type { Dev } from "../offline.ts";

export const INFRA = `
const files = new sst.aws.Bucket("Files");
const things = new sst.aws.Dynamo("Things", { fields: { pk: "string" }, primaryIndex: { hashKey: "pk" } });
const kept = new sst.aws.Queue("Kept");
const jobs = new sst.aws.Queue("Jobs");
jobs.subscribe({ handler: "src/jobs.handler", runtime: "nodejs22.x", timeout: "20 seconds" });
`;
/** A handler that logs this text for each invocation, and takes 15 s for the message `hang`. */
export const handlerThatLogs = (text: string) => `import { suffix } from "./suffix.ts";
export const handler = async (event: { Records: { body: string }[] }) => {
  console.log(JSON.stringify({ logged: ${JSON.stringify(text)} + suffix, pid: process.pid }));
  if (event.Records[0]?.body === "hang") await new Promise((resolve) => setTimeout(resolve, 15_000));
};
`;

/** Creates an app with a bucket, a table, a queue and a function that consumes another queue. */
export const makeJobsApp = () =>
  makeApp({
    "sst.config.ts": config('await import("./infra/app.ts");', `protect: stage === "kept"`),
    "infra/app.ts": INFRA,
    "src/jobs.ts": handlerThatLogs("one"),
    "src/suffix.ts": `export const suffix = "";`,
  });

const Links = z.object({ name: z.string().default(""), url: z.string().default("") });

/** Clients of the app. */
export function clientOf(dev: Dev) {
  const { env } = dev.ready;
  const clients = clientsOf(env);
  const link = (name: string) => Links.parse(JSON.parse(env[`SST_RESOURCE_${name}`] ?? "{}"));
  return {
    ...clients,
    link,
    send: (body: string, queue = "Jobs") =>
      clients.sqs.send(new SendMessageCommand({ QueueUrl: link(queue).url, MessageBody: body })),
    receive: async () => {
      const { Messages = [] } = await clients.sqs.send(
        new ReceiveMessageCommand({ QueueUrl: link("Kept").url, VisibilityTimeout: 600 }),
      );
      return Messages.map(({ Body }) => Body);
    },
    putFile: (Key: string, Body: string) =>
      clients.s3.send(new PutObjectCommand({ Bucket: link("Files").name, Key, Body })),
    readFile: async (Key: string) => {
      const { Body } = await clients.s3.send(
        new GetObjectCommand({ Bucket: link("Files").name, Key }),
      );
      return Body?.transformToString();
    },
  };
}

/** Whether a log event is of the function. */
export const isJobsLog = ({ line }: { line: string }): boolean => line.includes('"logged"');

/** Invokes the function, and expects it to log this text. */
export async function expectLogged(dev: Dev, logged: string): Promise<void> {
  const seen = dev.events.length;
  await clientOf(dev).send("x");
  const { line } = await dev.next("log", isJobsLog, seen);
  expect(JSON.parse(line)).toMatchObject({ logged });
}

export const stackFile = (app: App) => path.join(app.root, ".offline/offline/stack.json");

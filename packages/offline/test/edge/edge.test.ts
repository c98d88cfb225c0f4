import net from "node:net";

import { GetItemCommand, ListTablesCommand } from "@aws-sdk/client-dynamodb";
import { HeadObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { GetQueueAttributesCommand } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import * as z from "zod";

import { Control } from "../../src/edge/control.ts";
import { Edge } from "../../src/edge/server.ts";
import { clientsOf } from "../clients.ts";
import { startWorkbench, type Workbench } from "../workbench.ts";

let bench: Workbench;
let owner: ReturnType<typeof clientsOf>;
/** Clients with the credentials of the function "Tool", as it finds them itself. */
let role: ReturnType<typeof clientsOf>;
let names: { bucket: string; table: string; queueUrl: string };

beforeAll(async () => {
  bench = await startWorkbench();
  owner = clientsOf(bench.stack.env);
  const env = z
    .record(z.string(), z.string())
    .parse(await (await fetch(`${bench.url.Tool}/env`)).json());
  role = clientsOf(env);
  names = {
    bucket: bench.stack.plan.buckets[0]?.name ?? "",
    table: bench.stack.plan.tables[0]?.TableName ?? "",
    queueUrl: env["JOBS_URL"] ?? "",
  };
});
afterAll(() => bench.close());

/** The name of an error as the SDK tells it, and the HTTP status where there was one. */
async function failure(call: Promise<unknown>): Promise<{ name: string; status?: number }> {
  const error = await call.then(
    () => ({ name: "it succeeded" }),
    (thrown: unknown) => thrown as Error & { $metadata?: { httpStatusCode?: number } },
  );
  const status = "$metadata" in error ? error.$metadata?.httpStatusCode : undefined;
  return { name: error.name, ...(status === undefined ? {} : { status }) };
}

const listTables = ({ dynamodb }: typeof owner) => dynamodb.send(new ListTablesCommand({}));
const attributes = ({ sqs }: typeof owner) =>
  sqs.send(new GetQueueAttributesCommand({ QueueUrl: names.queueUrl, AttributeNames: ["All"] }));
const put = ({ s3 }: typeof owner, Key = "key", Body = "x") =>
  s3.send(new PutObjectCommand({ Bucket: names.bucket, Key, Body }));

describe("an access key that this stage never issued is refused in the words of", () => {
  const strangers = () =>
    clientsOf({ ...bench.stack.env, AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE" });

  test("S3", async () => {
    expect(await failure(put(strangers()))).toEqual({ name: "InvalidAccessKeyId", status: 403 });
  });

  test("DynamoDB", async () => {
    expect(await failure(listTables(strangers()))).toEqual({
      name: "UnrecognizedClientException",
      status: 400,
    });
  });

  test("SQS", async () => {
    expect(await failure(attributes(strangers()))).toMatchObject({
      name: expect.stringMatching(/InvalidClientTokenId|UnrecognizedClientException/),
    });
  });
});

test("a wrong secret is a signature that does not match", async () => {
  const forger = clientsOf({ ...bench.stack.env, AWS_SECRET_ACCESS_KEY: "guessed" });

  expect(await failure(put(forger))).toEqual({ name: "SignatureDoesNotMatch", status: 403 });
});

describe("a request that is not signed", () => {
  test.each([
    ["to read an object", "GET", "/key", {}],
    ["to list a table", "POST", "/", { "x-amz-target": "DynamoDB_20120810.ListTables" }],
    ["to look at queues", "POST", "/", { "x-amz-target": "AmazonSQS.ListQueues" }],
  ])("%s is refused", async (_, method, path, headers) => {
    const response = await fetch(
      `${bench.stack.endpoint}${path === "/key" ? `/${names.bucket}/key` : path}`,
      { method, headers, ...(method === "POST" ? { body: "{}" } : {}) },
    );
    const text = await response.text();

    expect([400, 403]).toContain(response.status);
    expect(text).toMatch(/AccessDenied|MissingAuthenticationToken/);
  });
});

describe("a service that offline does not run", () => {
  /** A request for a service. Who signed it does not matter for what nobody answers. */
  function ask(service: string, headers: Record<string, string>, body: string) {
    const { env, endpoint } = bench.stack;
    const scope = `20260101/${env["AWS_REGION"]}/${service}/aws4_request`;
    const authorization = `AWS4-HMAC-SHA256 Credential=${env["AWS_ACCESS_KEY_ID"]}/${scope}, SignedHeaders=host, Signature=0`;
    return fetch(endpoint, { method: "POST", headers: { ...headers, authorization }, body });
  }

  test("is named in JSON to those that speak JSON", async () => {
    const type = { "content-type": "application/x-amz-json-1.1", "x-amz-target": "AmazonSSM.X" };
    const response = await ask("ssm", type, "{}");

    expect(response.status).toBe(501);
    expect(response.headers.get("x-amzn-errortype")).toBe("NotImplemented");
    expect(await response.json()).toMatchObject({
      __type: "NotImplemented",
      message: expect.stringContaining('offline does not run "ssm"'),
    });
  });

  test("is named in XML to those that send forms", async () => {
    const type = { "content-type": "application/x-www-form-urlencoded; charset=utf-8" };
    const response = await ask("sts", type, "Action=GetCallerIdentity");

    expect(response.status).toBe(501);
    expect(await response.text()).toMatch(
      /<Code>NotImplemented<\/Code><Message>offline does not run "sts"/,
    );
  });
});

describe("a control command", () => {
  const post = (command: string, token: string | undefined, init: RequestInit = {}) =>
    fetch(`${bench.stack.endpoint}/_offline/${command}`, {
      method: "POST",
      ...(token === undefined ? {} : { headers: { "x-offline-token": token } }),
      ...init,
    }).then(({ status }) => status);

  test("needs the token of the stack, sent by POST", async () => {
    const { token } = bench.stack;

    expect(await post("ping", token)).toBe(200);
    expect(await post("ping", undefined)).toBe(403);
    expect(
      await post(
        "ping",
        token.replace(/^./, (first) => (first === "0" ? "1" : "0")),
      ),
    ).toBe(403);
    expect(await post("ping", `${token}0`)).toBe(403);
    expect(await post("ping", token, { method: "GET" })).toBe(403);
  });

  test.each(["nonsense", "constructor", "to-string"])("called %s is unknown", async (name) => {
    expect(await post(name, bench.stack.token)).toBe(404);
    expect(await post(name, undefined)).toBe(403);
  });

  test("with input that it does not understand says what is wrong, and changes nothing", async () => {
    const rules = [{ service: "s3", kind: "explode", rate: 2 }];

    await expect(bench.control("faults", { rules })).rejects.toThrow(/400 .*(kind|rate)/s);
    await expect(bench.control("transition", { bucket: "b" })).rejects.toThrow(/400 .*key/s);
    expect(await failure(put(role))).toEqual({ name: "it succeeded" });
  });
});

describe("the meter", () => {
  const Status = z.object({
    calls: z.array(
      z.object({
        service: z.string(),
        operation: z.string(),
        caller: z.string(),
        calls: z.number(),
        errors: z.number(),
      }),
    ),
  });
  const calls = async () => Status.parse(await bench.control("status")).calls;

  test("counts who called what how often, and how often it was an error", async () => {
    await bench.control("reset-meter");
    await put(owner);
    await put(owner);
    await failure(owner.s3.send(new HeadObjectCommand({ Bucket: names.bucket, Key: "missing" })));
    await role.dynamodb.send(
      new GetItemCommand({ TableName: names.table, Key: { pk: { S: "x" } } }),
    );

    await expect.poll(calls, { timeout: 10_000 }).toHaveLength(3);
    expect(await calls()).toEqual(
      expect.arrayContaining([
        { service: "s3", operation: "PutObject", caller: "root", calls: 2, errors: 0 },
        { service: "s3", operation: "HeadObject", caller: "root", calls: 1, errors: 1 },
        expect.objectContaining({ service: "dynamodb", operation: "GetItem", calls: 1 }),
      ]),
    );
  });

  test("starts from nothing when it is reset", async () => {
    await put(owner);
    await bench.control("reset-meter");

    expect(await calls()).toEqual([]);
  });
});

describe("a body that no service accepts", () => {
  test.each(["DynamoDB_20120810.PutItem", "AmazonSQS.SendMessage"])(
    "is refused with an answer that its sender can read: %s",
    async (target) => {
      const response = await fetch(bench.stack.endpoint, {
        method: "POST",
        headers: { "x-amz-target": target },
        body: Buffer.alloc(17 * 1024 * 1024),
      });

      expect(response.status).toBe(413);
      expect(await response.text()).toContain("RequestEntityTooLarge");
    },
  );
});

test("metadata that is far too large is refused by S3, in its words", async () => {
  const { bucket } = names;
  const Metadata = { large: "x".repeat(40_000) };
  const call = owner.s3.send(new PutObjectCommand({ Bucket: bucket, Key: "key", Metadata }));

  expect(await failure(call)).toEqual({ name: "MetadataTooLarge", status: 400 });
});

describe("the address", () => {
  const portOf = () => Number(new URL(bench.stack.endpoint).port);

  test("is this machine's alone", async () => {
    expect(new URL(bench.stack.endpoint).hostname).toBe("127.0.0.1");
    const socket = net.connect({ host: "127.0.0.2", port: portOf() });
    onTestFinished(() => void socket.destroy());
    const outcome = await new Promise((resolve) => {
      socket.once("connect", () => resolve("connected"));
      socket.once("error", ({ message }) => resolve(message));
    });

    expect(outcome).not.toBe("connected");
  });

  test("that another program has is refused, with what to do", async () => {
    await expect(Edge.listen(portOf())).rejects.toMatchObject({
      code: "edge.port_taken",
      message: expect.stringMatching(
        /^port \d+ on 127\.0\.0\.1 is taken .* another port with --port\.$/,
      ),
    });
  });

  test("answers who comes early when it is ready", async () => {
    const edge = await Edge.listen(0);
    onTestFinished(() => edge.close());
    const control = new Control({ ping: () => ({ early: true }) });
    const headers = { "x-offline-token": control.token };
    const early = fetch(`${edge.endpoint}/_offline/ping`, { method: "POST", headers });
    edge.serve([], [control], null as never);

    expect(await (await early).json()).toEqual({ early: true });
  });
});

import net from "node:net";

import { GetItemCommand, ListTablesCommand } from "@aws-sdk/client-dynamodb";
import { HeadObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import * as z from "zod";

import { Control } from "../../src/edge/control.ts";
import { Edge } from "../../src/edge/server.ts";
import { clientsOf } from "../clients.ts";
import { type EdgeBench, failure, startEdgeBench, SUCCESS } from "./bench.ts";

let bench: EdgeBench;
beforeAll(async () => {
  bench = await startEdgeBench();
});
afterAll(() => bench.close());

describe("rejects an unknown access key with the error of", () => {
  const unknown = () =>
    clientsOf({ ...bench.stack.env, AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE" });

  test("S3", async () => {
    expect(await failure(bench.putObject(unknown()))).toEqual({
      name: "InvalidAccessKeyId",
      status: 403,
    });
  });

  test("DynamoDB", async () => {
    const call = unknown().dynamodb.send(new ListTablesCommand({}));

    expect(await failure(call)).toEqual({
      name: "UnrecognizedClientException",
      status: 400,
    });
  });

  test("SQS", async () => {
    expect(await failure(bench.queueAttributes(unknown()))).toMatchObject({
      name: expect.stringMatching(/InvalidClientTokenId|UnrecognizedClientException/),
    });
  });
});

test("rejects a signature with another secret", async () => {
  const impostor = clientsOf({ ...bench.stack.env, AWS_SECRET_ACCESS_KEY: "guessed" });

  expect(await failure(bench.putObject(impostor))).toEqual({
    name: "SignatureDoesNotMatch",
    status: 403,
  });
});

describe("rejects an unsigned request", () => {
  test.each([
    ["that gets an object", "GET", "/key", {}],
    ["that lists tables", "POST", "/", { "x-amz-target": "DynamoDB_20120810.ListTables" }],
    ["that lists queues", "POST", "/", { "x-amz-target": "AmazonSQS.ListQueues" }],
  ])("%s", async (_, method, path, headers) => {
    const response = await fetch(
      `${bench.stack.endpoint}${path === "/key" ? `/${bench.names.bucket}/key` : path}`,
      { method, headers, ...(method === "POST" ? { body: "{}" } : {}) },
    );
    const text = await response.text();

    expect([400, 403]).toContain(response.status);
    expect(text).toMatch(/AccessDenied|MissingAuthenticationToken/);
  });
});

describe("a service that offline does not run", () => {
  /** Sends a request for a service. The signature is not valid, which is not checked here. */
  function request(service: string, headers: Record<string, string>, body: string) {
    const { env, endpoint } = bench.stack;
    const scope = `20260101/${env["AWS_REGION"]}/${service}/aws4_request`;
    const authorization = `AWS4-HMAC-SHA256 Credential=${env["AWS_ACCESS_KEY_ID"]}/${scope}, SignedHeaders=host, Signature=0`;
    return fetch(endpoint, { method: "POST", headers: { ...headers, authorization }, body });
  }

  test("is named in JSON in the response to a JSON request", async () => {
    const type = { "content-type": "application/x-amz-json-1.1", "x-amz-target": "TrentService.X" };
    const response = await request("kms", type, "{}");

    expect(response.status).toBe(501);
    expect(response.headers.get("x-amzn-errortype")).toBe("NotImplemented");
    expect(await response.json()).toMatchObject({
      __type: "NotImplemented",
      message: expect.stringContaining('offline does not run "kms"'),
    });
  });

  test("is named in XML in the response to a form", async () => {
    const type = { "content-type": "application/x-www-form-urlencoded; charset=utf-8" };
    const response = await request("iam", type, "Action=ListRoles");

    expect(response.status).toBe(501);
    expect(await response.text()).toMatch(
      /<Code>NotImplemented<\/Code><Message>offline does not run "iam"/,
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

  test("requires POST and the token of the stack", async () => {
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

  test.each(["nonsense", "constructor", "to-string"])(
    "with the name %s is unknown",
    async (name) => {
      expect(await post(name, bench.stack.token)).toBe(404);
      expect(await post(name, undefined)).toBe(403);
    },
  );

  test("rejects invalid input, says what is wrong, and changes nothing", async () => {
    const rules = [{ service: "s3", kind: "explode", rate: 2 }];

    await expect(bench.control("faults", { rules })).rejects.toThrow(/400 .*(kind|rate)/s);
    await expect(bench.control("transition", { bucket: "b" })).rejects.toThrow(/400 .*key/s);
    expect(await failure(bench.putObject(bench.role))).toEqual(SUCCESS);
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

  test("counts calls and errors by operation and caller", async () => {
    await bench.control("reset-meter");
    const { owner, role, names } = bench;
    await bench.putObject(owner);
    await bench.putObject(owner);
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

  test("has no counts after a reset", async () => {
    await bench.putObject(bench.owner);
    await bench.control("reset-meter");

    expect(await calls()).toEqual([]);
  });
});

describe("rejects a body that is too large", () => {
  test.each(["DynamoDB_20120810.PutItem", "AmazonSQS.SendMessage"])(
    "with a response that the client can read: %s",
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

test("passes a header section of more than 16 KiB on to S3, which rejects it", async () => {
  const { bucket } = bench.names;
  const Metadata = { large: "x".repeat(40_000) };
  const call = bench.owner.s3.send(new PutObjectCommand({ Bucket: bucket, Key: "key", Metadata }));

  expect(await failure(call)).toEqual({ name: "MetadataTooLarge", status: 400 });
});

describe("the address", () => {
  const portOf = () => Number(new URL(bench.stack.endpoint).port);

  test("accepts connections on 127.0.0.1 only", async () => {
    expect(new URL(bench.stack.endpoint).hostname).toBe("127.0.0.1");
    const socket = net.connect({ host: "127.0.0.2", port: portOf() });
    onTestFinished(() => void socket.destroy());
    const outcome = await new Promise((resolve) => {
      socket.once("connect", () => resolve("connected"));
      socket.once("error", ({ message }) => resolve(message));
    });

    expect(outcome).not.toBe("connected");
  });

  test("that another program uses is an error that says what to do", async () => {
    await expect(Edge.listen(portOf())).rejects.toMatchObject({
      code: "edge.port_taken",
      message: expect.stringMatching(
        /^port \d+ on 127\.0\.0\.1 is taken .* another port with --port\.$/,
      ),
    });
  });

  test("handles a request that arrived before the services were open", async () => {
    const edge = await Edge.listen(0);
    onTestFinished(() => edge.close());
    const control = new Control({ ping: () => ({ early: true }) });
    const headers = { "x-offline-token": control.token };
    const early = fetch(`${edge.endpoint}/_offline/ping`, { method: "POST", headers });
    edge.serve([], [control], null as never);

    expect(await (await early).json()).toEqual({ early: true });
  });
});

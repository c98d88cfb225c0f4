import { GetQueueUrlCommand } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import * as z from "zod";

import { clientsOf } from "../../clients.ts";
import { startWorkbench, type Workbench } from "../../workbench.ts";

let bench: Workbench;
beforeAll(async () => {
  vi.stubEnv("SECRET_OF_THE_PARENT", "x");
  vi.stubEnv("AWS_PROFILE", "production");
  bench = await startWorkbench();
});
afterAll(async () => {
  await bench.close();
  vi.unstubAllEnvs();
});

const request = (path: string, init?: RequestInit) => fetch(`${bench.url.Tool}${path}`, init);

describe("a function URL", () => {
  test("invokes the function with the request", async () => {
    const response = await request("/a%20b/%E6%97%A5?x=1&x=2", {
      method: "PUT",
      headers: { "content-type": "application/json", "x-own": "1", cookie: "a=1; b=2" },
      body: '{"key":"日"}',
    });

    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(await response.json()).toMatchObject({
      version: "2.0",
      rawPath: "/a%20b/%E6%97%A5",
      rawQueryString: "x=1&x=2",
      queryStringParameters: { x: "1,2" },
      cookies: ["a=1", "b=2"],
      headers: { "x-own": "1" },
      requestContext: { http: { method: "PUT" } },
      body: '{"key":"日"}',
      isBase64Encoded: false,
    });
  });

  test("can be called without a path, with and without a query", async () => {
    expect(await (await request("")).json()).toMatchObject({ rawPath: "/", rawQueryString: "" });
    expect(await (await request("?a=1")).json()).toMatchObject({
      rawPath: "/",
      rawQueryString: "a=1",
    });
  });

  test("returns status, headers, cookies and a binary body", async () => {
    const sent = Buffer.from([0, 255, 1, 254]);
    const response = await request("/binary", {
      method: "POST",
      headers: { "content-type": "application/octet-stream" },
      body: sent,
    });

    expect(response.status).toBe(201);
    expect(response.headers.get("x-own")).toBe("1");
    expect(response.headers.getSetCookie()).toEqual(["a=1", "b=2"]);
    expect(Buffer.from(await response.arrayBuffer())).toEqual(sent);
  });

  test("returns a text as the body", async () => {
    expect(await (await request("/text")).text()).toBe("plain");
  });

  test.each([
    ["/throw", "TypeError: on purpose"],
    ["/exit", "the runtime exited with code 1"],
    ["/bad", "invalid HTTP response: "],
  ])("returns 502 if the function fails, and reports the reason: %s", async (path, reason) => {
    const seen = bench.events.length;
    const response = await request(path);

    expect(response.status).toBe(502);
    expect(await response.text()).toBe("Internal Server Error");
    expect(bench.events.slice(seen)).toContainEqual({
      type: "problem",
      message: expect.stringContaining(reason),
    });
  });

  test("rejects a larger body than Lambda accepts", async () => {
    const response = await request("/", {
      method: "POST",
      body: Buffer.alloc(6 * 1024 * 1024 + 1),
    });

    expect(response.status).toBe(413);
  });

  test("with IAM authentication rejects an unsigned request", async () => {
    const response = await fetch(bench.url.Guarded);

    expect(response.status).toBe(403);
    expect(await response.json()).toEqual({ Message: "Forbidden" });
  });

  test("answers a preflight request itself, and adds the headers of CORS", async () => {
    const headers = { origin: "https://example.com", "access-control-request-method": "PUT" };
    const preflight = await fetch(bench.url.Guarded, { method: "OPTIONS", headers });
    const actual = await request("/text", { headers: { origin: "https://example.com" } });

    expect(preflight.status).toBe(200);
    expect(preflight.headers.get("access-control-allow-methods")).toBe("*");
    expect(preflight.headers.get("access-control-allow-origin")).toBe("*");
    expect(actual.headers.get("access-control-allow-origin")).toBe("*");
    expect((await request("/text")).headers.get("access-control-allow-origin")).toBeNull();
  });

  test("that does not exist returns 404", async () => {
    expect((await fetch(`${bench.stack.endpoint}/_url/0123`)).status).toBe(404);
  });
});

describe("the environment of a function", () => {
  const Env = z.record(z.string(), z.string());

  test("has the variables of Lambda and SST, and none of the machine", async () => {
    const env = Env.parse(await (await request("/env")).json());
    const links = Object.keys(env).filter((name) => name.startsWith("SST_RESOURCE_"));

    expect(links.toSorted()).toEqual([
      "SST_RESOURCE_App",
      "SST_RESOURCE_Files",
      "SST_RESOURCE_Jobs",
      "SST_RESOURCE_Things",
    ]);
    const { endpoint, graph } = bench.stack;
    const name = bench.stack.plan.functions.find(({ id }) => id === "Tool")?.name;
    for (const link of links) delete env[link];
    expect(env).toEqual({
      GREETING: "hello",
      JOBS_URL: expect.stringMatching(`^${endpoint}/${graph.accountId}/app-bench-Jobs`),
      AWS_REGION: graph.region,
      AWS_DEFAULT_REGION: graph.region,
      AWS_ENDPOINT_URL: endpoint,
      AWS_ACCESS_KEY_ID: expect.stringMatching(/^ASIA[A-Z2-7]{16}$/),
      AWS_SECRET_ACCESS_KEY: expect.stringMatching(/^\w{40}$/),
      AWS_EXECUTION_ENV: "AWS_Lambda_nodejs22.x",
      AWS_LAMBDA_FUNCTION_NAME: name,
      AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "1024",
      AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${name}`,
      AWS_LAMBDA_LOG_STREAM_NAME: expect.stringMatching(/^[\d/]{10}\/\[\$LATEST\][0-9a-f]{32}$/),
      AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
      AWS_LAMBDA_RUNTIME_API: expect.stringMatching(/\/_runtime\/[0-9a-f]{32}$/),
      LAMBDA_TASK_ROOT: expect.stringContaining("/.offline/bench/functions/Tool"),
      TZ: ":UTC",
    });
  });

  test("has other credentials than the owner of the stage", async () => {
    const env = Env.parse(await (await request("/env")).json());

    expect(env["AWS_ACCESS_KEY_ID"]).not.toBe(bench.stack.owner.accessKeyId);
    expect(env["AWS_SECRET_ACCESS_KEY"]).not.toBe(bench.stack.owner.secretAccessKey);
  });

  test("has the links that Resource reads, with local addresses", async () => {
    const links = z
      .object({ files: z.string(), jobs: z.string(), app: z.unknown() })
      .parse(await (await request("/links")).json());
    const { sqs } = clientsOf(bench.stack.env);
    const QueueName = links.jobs.split("/").at(-1) ?? "";

    expect(links.app).toEqual({ name: "app", stage: "bench" });
    expect(links.files).toBe(bench.stack.plan.buckets[0]?.name);
    expect(await sqs.send(new GetQueueUrlCommand({ QueueName }))).toMatchObject({
      QueueUrl: links.jobs,
    });
  });
});

import { ExecuteStatementCommand } from "@aws-sdk/client-dynamodb";
import { GetBucketAnalyticsConfigurationCommand } from "@aws-sdk/client-s3";
import { Sha256 } from "@smithy/core/checksum";
import { SignatureV4 } from "@smithy/signature-v4";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as z from "zod";

import type { Credentials } from "../../src/edge/credentials.ts";
import type { StackEvent } from "../../src/index.ts";
import { clientsOf } from "../clients.ts";
import { startWorkbench, type Workbench } from "../workbench.ts";

let bench: Workbench;
/** The credentials of the function "Guarded", which has no links. */
let guarded: Credentials;

beforeAll(async () => {
  bench = await startWorkbench();
  const all = z
    .array(z.object({ name: z.string(), accessKeyId: z.string(), secretAccessKey: z.string() }))
    .parse(await bench.control("credentials"));
  guarded = all.find(({ name }) => name.includes("Guarded")) ?? bench.stack.owner;
});
afterAll(() => bench.close());

const denials = (): Extract<StackEvent, { type: "denied" }>[] =>
  bench.events.filter((event) => event.type === "denied");

/** Sends a request to SQS in the Query protocol. */
async function sendForm(
  form: Record<string, string>,
  credentials: Credentials,
  path = "/",
): Promise<{ status: number; type: string | null; text: string }> {
  const { endpoint, graph } = bench.stack;
  const { hostname, port, host } = new URL(endpoint);
  const signer = new SignatureV4({
    service: "sqs",
    region: graph.region,
    credentials,
    sha256: Sha256,
  });
  const body = new URLSearchParams(form).toString();
  const { headers } = await signer.sign({
    method: "POST",
    protocol: "http:",
    hostname,
    port: Number(port),
    path,
    query: {},
    headers: { host, "content-type": "application/x-www-form-urlencoded" },
    body,
  });
  const response = await fetch(`${endpoint}${path}`, { method: "POST", headers, body });
  const type = response.headers.get("content-type");
  return { status: response.status, type, text: await response.text() };
}

describe("denies every caller, and logs it:", () => {
  const owner = () => clientsOf(bench.stack.env);

  test("an unsupported operation of DynamoDB, such as PartiQL", async () => {
    const call = owner().dynamodb.send(
      new ExecuteStatementCommand({ Statement: "SELECT * FROM x" }),
    );

    await expect(call).rejects.toMatchObject({ name: "AccessDeniedException" });
    expect(denials()).toContainEqual(
      expect.objectContaining({
        caller: "root",
        action: "dynamodb:ExecuteStatement",
        reason: expect.stringContaining("offline does not support this operation"),
      }),
    );
  });

  test("an unknown operation of SQS", async () => {
    const response = await sendForm({ Action: "Dance" }, bench.stack.owner);

    expect(response.status).toBe(403);
    expect(denials()).toContainEqual(
      expect.objectContaining({ caller: "root", action: "sqs:Dance" }),
    );
  });

  test("an unsupported subresource of S3, without the values of its query", async () => {
    const Bucket = bench.stack.plan.buckets[0]?.name ?? "";
    const call = owner().s3.send(
      new GetBucketAnalyticsConfigurationCommand({ Bucket, Id: "an-id" }),
    );

    await expect(call).rejects.toMatchObject({ name: "NotImplemented" });
    const denial = denials().find(({ action }) => action.startsWith("s3:"));
    expect(denial?.reason).toContain(`GET /${Bucket}`);
    expect(denial?.reason).toContain("analytics");
    expect(denial?.reason).not.toContain("an-id");
  });
});

describe("a request to SQS in the Query protocol", () => {
  const queuePath = () => {
    const { graph, plan } = bench.stack;
    return `/${graph.accountId}/${plan.queues[0]?.name ?? ""}`;
  };

  test("can name its queue by the path alone", async () => {
    const response = await sendForm(
      { Action: "GetQueueAttributes", "AttributeName.1": "QueueArn" },
      bench.stack.owner,
      queuePath(),
    );

    expect(response.status).toBe(200);
    expect(response.text).toContain(bench.stack.plan.queues[0]?.arn);
  });

  test("is denied in the Query protocol", async () => {
    const response = await sendForm({ Action: "PurgeQueue" }, guarded, queuePath());

    expect(response).toMatchObject({ status: 403, type: "text/xml" });
    expect(response.text).toMatch(
      /<ErrorResponse.*<Code>AccessDenied<\/Code><Message>User: .* is not authorized to perform: sqs:PurgeQueue/s,
    );
  });

  test.each([
    ["InvalidClientTokenId", { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "x" }],
    ["SignatureDoesNotMatch", { secretAccessKey: "guessed" }],
  ])("is rejected in the Query protocol: %s", async (code, forged) => {
    const response = await sendForm({ Action: "ListQueues" }, { ...guarded, ...forged });

    expect(response).toMatchObject({ status: 403, type: "text/xml" });
    expect(response.text).toContain(`<Code>${code}</Code>`);
  });
});

test("a function URL without authentication passes the Authorization header to the function", async () => {
  const headers = { authorization: "Bearer of-its-own" };
  const response = await fetch(bench.url.Tool, { headers });

  expect(response.status).toBe(200);
  expect(await response.json()).toMatchObject({ headers });
  expect((await fetch(bench.url.Guarded, { headers })).status).toBe(403);
});

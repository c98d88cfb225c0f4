import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";

import { boundTo, start, waybill } from "./waybill.ts";

const servers = new Set<ReturnType<typeof createServer>>();

afterEach(() => {
  for (const server of servers) server.close().closeAllConnections();
  servers.clear();
});

/** Where something answers in the place of AWS. */
async function answering(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  servers.add(server);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return `http://127.0.0.1:${port}`;
}

/** Where DynamoDB refuses everything. */
const refusing = (name: string, message: string) =>
  answering((request, response) => {
    request.resume().on("end", () => {
      response.writeHead(400, { "content-type": "application/x-amz-json-1.0" });
      response.end(JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${name}`, message }));
    });
  });

describe("what AWS refuses is explained:", () => {
  test.each([
    [
      "ExpiredTokenException",
      "The security token included in the request is expired",
      /aws sso login/,
    ],
    ["UnrecognizedClientException", "The security token is invalid.", /right account/],
    [
      "AccessDeniedException",
      "User: x is not authorized to perform: dynamodb:GetItem",
      /may not do it/,
    ],
    ["ResourceNotFoundException", "Requested resource not found", /pnpm run deploy --stage/],
  ])("%s", async (name, message, advice) => {
    const { code, stdout, stderr } = await waybill(
      ["get", "a"],
      boundTo(await refusing(name, message)),
    );
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain(
      `waybill: DynamoDB did not answer. ${message.replace(/\.?$/, ".")} (catalog.read_failed)\n`,
    );
    expect(stderr).toMatch(advice);
    expect(stderr).not.toMatch(/\n\s+at /);
  });
});

test("what AWS says is escaped", async () => {
  const endpoint = await refusing("AccessDeniedException", "\u001b]0;title\u0007no");
  const { stderr } = await waybill(["get", "a"], boundTo(endpoint));
  expect(stderr).toContain("\\u001b]0;title\\u0007no.");
  expect(stderr).not.toContain("\u001b");
});

test("with --debug, it is shown where an error comes from", async () => {
  const endpoint = await refusing("AccessDeniedException", "no");
  const { stderr } = await waybill(["--debug", "get", "a"], boundTo(endpoint));
  expect(stderr).toMatch(/\n\s+at .*\n/);
  expect(stderr).toContain("AccessDeniedException");
});

test("where nothing answers, it says so", async () => {
  const endpoint = await answering(() => undefined);
  for (const server of servers) await new Promise((resolve) => server.close(resolve));
  const { code, stderr } = await waybill(["get", "a"], boundTo(endpoint));
  expect(code).toBe(1);
  expect(stderr).toMatch(/ECONNREFUSED.*\(catalog\.read_failed\)\n.*AWS_ENDPOINT_URL/);
});

test("an interrupt ends it with 130 and nothing half printed", async () => {
  const { promise: asked, resolve } = Promise.withResolvers<void>();
  const endpoint = await answering(() => resolve());
  const { child, ended } = start(["ls"], boundTo(endpoint));
  await asked;
  child.kill("SIGINT");
  expect(await ended).toEqual({ code: 130, stdout: "", stderr: "" });
});

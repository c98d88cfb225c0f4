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

/** Starts a server in place of AWS, and returns its endpoint. */
async function endpointOf(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  servers.add(server);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return `http://127.0.0.1:${port}`;
}

/** The endpoint of a DynamoDB that rejects every request. */
const rejecting = (name: string, message: string) =>
  endpointOf((request, response) => {
    request.resume().on("end", () => {
      response.writeHead(400, { "content-type": "application/x-amz-json-1.0" });
      response.end(JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${name}`, message }));
    });
  });

describe("explains an AWS error:", () => {
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
      /do not have the permission/,
    ],
    [
      "ResourceNotFoundException",
      "Requested resource not found",
      /Deploy the stage, or check AWS_REGION/,
    ],
  ])("%s", async (name, message, advice) => {
    const { code, stdout, stderr } = await waybill(
      ["get", "a"],
      boundTo(await rejecting(name, message)),
    );
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain(
      `waybill: Could not read the catalog. ${message.replace(/\.?$/, ".")} (catalog.read_failed)\n`,
    );
    expect(stderr).toMatch(advice);
    expect(stderr).not.toMatch(/\n\s+at /);
  });
});

test("escapes the message of AWS", async () => {
  const endpoint = await rejecting("AccessDeniedException", "\u001b]0;title\u0007no");
  const { stderr } = await waybill(["get", "a"], boundTo(endpoint));
  expect(stderr).toContain("\\u001b]0;title\\u0007no.");
  expect(stderr).not.toContain("\u001b");
});

test("prints the stack trace with --debug", async () => {
  const endpoint = await rejecting("AccessDeniedException", "no");
  const { stderr } = await waybill(["--debug", "get", "a"], boundTo(endpoint));
  expect(stderr).toMatch(/\n\s+at .*\n/);
  expect(stderr).toContain("AccessDeniedException");
});

test("explains that the endpoint is not reachable", async () => {
  const endpoint = await endpointOf(() => undefined);
  for (const server of servers) await new Promise((resolve) => server.close(resolve));
  const { code, stderr } = await waybill(["get", "a"], boundTo(endpoint));
  expect(code).toBe(1);
  expect(stderr).toMatch(/ECONNREFUSED.*\(catalog\.read_failed\)\n.*AWS_ENDPOINT_URL/);
});

test("exits with 130 on SIGINT, without partial output", async () => {
  const { promise: requested, resolve } = Promise.withResolvers<void>();
  const endpoint = await endpointOf(() => resolve());
  const { child, ended } = start(["ls"], boundTo(endpoint));
  await requested;
  child.kill("SIGINT");
  expect(await ended).toEqual({ code: 130, stdout: "", stderr: "" });
});

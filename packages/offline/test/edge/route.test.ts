import type { IncomingMessage } from "node:http";

import { describe, expect, test } from "vitest";

import type { Front, Route } from "../../src/edge/front.ts";
import { frontFor, unknownService } from "../../src/edge/route.ts";

const front = (name: string, route: Route): Front => ({
  name,
  title: name.toUpperCase(),
  route,
  signingName: name,
  maxBodyBytes: 0,
  parse: () => ({ status: 200, headers: {}, body: "" }),
  errorResponse: () => ({ status: 400, headers: {}, body: "" }),
});
const FRONTS = [
  front("queues", { target: "Queues.", signedFor: "queues" }),
  front("files", { signedFor: "files", unsigned: true }),
  front("links", { path: "/_link/" }),
];

const request = (url: string, headers: Record<string, string> = {}) =>
  ({ url, headers }) as unknown as IncomingMessage;
const signed = (service: string) => ({
  authorization: `AWS4-HMAC-SHA256 Credential=AKIA/20260101/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=0`,
});

describe("routes a request to the service", () => {
  test.each<[string, string, string, Record<string, string>]>([
    ["that its target names", "queues", "/", { "x-amz-target": "Queues.Send" }],
    ["that its credential names", "queues", "/", signed("queues")],
    ["that its path names, even if it is signed for another", "links", "/_link/1", signed("files")],
    ["that its presigned URL names", "files", "/f?X-Amz-Credential=A/1/r/files/aws4_request", {}],
    ["that accepts unsigned requests", "files", "/f", {}],
  ])("%s", (_, name, url, headers) => {
    expect(frontFor(request(url, headers), FRONTS)?.name).toBe(name);
  });
});

test.each(["links", "unknown"])(
  "routes a request that is signed for %s to no service",
  (service) => {
    const other = request("/", signed(service));

    expect(frontFor(other, FRONTS)).toBeUndefined();
    expect(unknownService(other, FRONTS)).toMatchObject({
      status: 501,
      body: expect.stringContaining(
        JSON.stringify(`offline does not run "${service}". It runs QUEUES, FILES, LINKS.`),
      ),
    });
  },
);

import { Sha256 } from "@smithy/core/checksum";
import { SignatureV4 } from "@smithy/signature-v4";
import { afterAll, beforeAll, expect, test } from "vitest";
import * as z from "zod";

import type { Credentials } from "../../../src/edge/credentials.ts";
import { type Stack, type StackEvent, startStack } from "../../../src/index.ts";
import { type App, makeApp } from "../../app.ts";

const INFRA = `
const api = new sst.aws.ApiGatewayV2("Api", { cors: { allowOrigins: ["https://example.com"], allowMethods: ["GET"], maxAge: "1 minute" } });
api.route("GET /items/{id}", "src/echo.handler");
api.route("POST /fail", "src/fail.handler");
api.route("GET /private", "src/echo.handler", { auth: { iam: true } });
api.routeUrl("GET /elsewhere", "https://example.com");
const fn = new sst.aws.Function("Unpermitted", { handler: "src/echo.handler" });
const integration = new aws.apigatewayv2.Integration("Closed", {
  apiId: api.nodes.api.id, integrationType: "AWS_PROXY", integrationUri: fn.arn, payloadFormatVersion: "2.0",
});
new aws.apigatewayv2.Route("ClosedRoute", { apiId: api.nodes.api.id, routeKey: "GET /closed", target: $interpolate\`integrations/\${integration.id}\` });
new sst.aws.Function("Caller", { handler: "src/echo.handler", link: [api] });
`;
const ECHO = "export const handler = async (event) => event;";
const FAIL = 'export const handler = async () => { throw new Error("on purpose"); };';

let app: App;
let stack: Stack;
let url: string;
const log: StackEvent[] = [];
beforeAll(async () => {
  app = await makeApp({ "infra/app.ts": INFRA, "src/echo.ts": ECHO, "src/fail.ts": FAIL });
  stack = await startStack({
    root: app.root,
    stage: "api",
    port: 0,
    retrySeconds: 0,
    workers: 1,
    polling: true,
    onEvent: (event) => log.push(event),
  });
  ({ url } = z
    .object({ url: z.string() })
    .parse(JSON.parse(stack.env["SST_RESOURCE_Api"] ?? "{}")));
});
afterAll(async () => {
  await stack.close();
  app.remove();
});

test("a request invokes the function of its route, with the event of API Gateway", async () => {
  expect(url).toBe(`${stack.endpoint}/_api/${stack.plan.apis[0]?.id}`);
  const response = await fetch(`${url}/items/a%20b?x=1&x=2`, { headers: { cookie: "a=1; b=2" } });

  expect(response.status).toBe(200);
  expect(await response.json()).toMatchObject({
    version: "2.0",
    routeKey: "GET /items/{id}",
    rawPath: "/items/a b",
    rawQueryString: "x=1&x=2",
    queryStringParameters: { x: "1,2" },
    pathParameters: { id: "a b" },
    cookies: ["a=1", "b=2"],
    requestContext: {
      accountId: stack.graph.accountId,
      apiId: stack.plan.apis[0]?.id,
      routeKey: "GET /items/{id}",
      stage: "$default",
      http: { method: "GET", path: "/items/a b" },
    },
  });
});

test.each([
  ["GET", "/nothing", 404, "Not Found"],
  ["POST", "/fail", 500, "Internal Server Error"],
  ["GET", "/private", 403, "Forbidden"],
  ["GET", "/elsewhere", 501, "offline does not run the route GET /elsewhere"],
  ["GET", "/closed", 500, "Internal Server Error"],
])("%s %s returns %i", async (method, path, status, message) => {
  const response = await fetch(`${url}${path}`, { method });

  expect(response.status).toBe(status);
  expect(await response.json()).toEqual({ message });
});

test("a route with IAM authorization needs a permission of its caller", async () => {
  const { hostname, port, host, pathname } = new URL(`${url}/private`);
  const call = async (credentials: Credentials) => {
    const signer = new SignatureV4({
      service: "execute-api",
      region: stack.graph.region,
      credentials,
      sha256: Sha256,
    });
    const { headers } = await signer.sign({
      method: "GET",
      protocol: "http:",
      hostname,
      port: Number(port),
      path: pathname,
      query: {},
      headers: { host },
    });
    return (await fetch(`${url}/private`, { headers })).status;
  };
  const response = await fetch(`${stack.endpoint}/_offline/credentials`, {
    method: "POST",
    headers: { "x-offline-token": stack.token },
  });
  const Keys = z.array(
    z.object({ name: z.string(), accessKeyId: z.string(), secretAccessKey: z.string() }),
  );
  const caller = Keys.parse(await response.json()).find(({ name }) => name.includes("Caller"));

  expect(await call(stack.owner)).toBe(200);
  expect(await call(caller ?? stack.owner)).toBe(403);
});

test("a route whose function does not allow API Gateway is reported", () => {
  expect(log).toContainEqual({
    type: "problem",
    message: expect.stringMatching(
      /^the route GET \/closed did not reach .*lambda:InvokeFunction/,
    ) as string,
  });
});

test("a route that does not run is listed", () => {
  const declared = stack.plan.declared.filter((one) => /\/(route|integration):/.test(one));

  expect(declared).toEqual([
    expect.stringMatching(/^aws:apigatewayv2\/integration:Integration ApiRoute/),
    expect.stringMatching(/^aws:apigatewayv2\/route:Route ApiRoute/),
  ]);
});

test("the CORS configuration answers a preflight request, and adds headers for its origins", async () => {
  const from = (origin: string) => ({ origin, "access-control-request-method": "GET" });
  const preflight = await fetch(`${url}/items/1`, {
    method: "OPTIONS",
    headers: from("https://example.com"),
  });
  const other = await fetch(`${url}/items/1`, {
    method: "OPTIONS",
    headers: from("https://other.example"),
  });
  const actual = await fetch(`${url}/items/1`, { headers: { origin: "https://example.com" } });

  expect(preflight.status).toBe(204);
  expect(Object.fromEntries(preflight.headers)).toMatchObject({
    "access-control-allow-origin": "https://example.com",
    "access-control-allow-methods": "GET",
    "access-control-allow-headers": "*",
    "access-control-max-age": "60",
  });
  expect(other.headers.get("access-control-allow-origin")).toBeNull();
  expect(actual.headers.get("access-control-allow-origin")).toBe("https://example.com");
});

import { once } from "node:events";
import fs from "node:fs";
import https from "node:https";
import os from "node:os";
import path from "node:path";

import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { WebSocket as Client } from "ws";

import { certificateOf } from "../../../src/service/appsync/certificate.ts";
import { type Authorize, EventServer } from "../../../src/service/appsync/events.ts";

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "appsync-"));
let ca: string;
let server: EventServer;

/** Allows what is signed by `owner`, whose header stands for a signature. */
const authorize: Authorize = (operation, channel, { headers }) =>
  headers.includes("owner") ? undefined : `${operation} on ${channel ?? "the API"} is denied`;

beforeAll(async () => {
  const certificate = await certificateOf(folder);
  ca = certificate.cert;
  server = await EventServer.listen(0, certificate, authorize);
});

afterAll(async () => {
  await server.close();
  fs.rmSync(folder, { recursive: true });
});

async function publish(channel: string, event: string, who = "owner") {
  const request = https.request({
    ca,
    host: "127.0.0.1",
    port: server.port,
    path: "/event",
    method: "POST",
    headers: { authorization: who },
  });
  request.end(JSON.stringify({ channel, events: [event] }));
  const [response] = (await once(request, "response")) as [{ statusCode: number; resume(): void }];
  response.resume();
  return response.statusCode;
}

/** Connects with signed headers, and returns the messages that arrive. */
async function connect(headers: object) {
  const encoded = Buffer.from(JSON.stringify(headers)).toString("base64url");
  const protocols = ["aws-appsync-event-ws", `header-${encoded}`];
  const socket = new Client(`wss://127.0.0.1:${server.port}/event/realtime`, protocols, { ca });
  onTestFinished(() => socket.terminate());
  const messages: { type: string; id?: string; event?: string }[] = [];
  socket.on("message", (data: Buffer) =>
    messages.push(JSON.parse(data.toString()) as (typeof messages)[number]),
  );
  await once(socket, "open");
  const send = (message: object) => socket.send(JSON.stringify(message));
  const next = (type: string) =>
    vi.waitFor(() => expect(messages.map((each) => each.type)).toContain(type));
  return { socket, messages, send, next };
}

const SIGNED = { Authorization: "owner" };

describe("events", () => {
  test("arrive at the subscriptions of their channel, in order", async () => {
    const { messages, send, next } = await connect(SIGNED);
    send({ type: "connection_init" });
    await next("connection_ack");
    send({ type: "subscribe", id: "all", channel: "/sst/app/*", authorization: SIGNED });
    await next("subscribe_success");

    expect(await publish("/sst/other/in", "elsewhere")).toBe(200);
    expect(await publish("sst/app/in", "one")).toBe(200);
    expect(await publish("/sst/app/in", "two")).toBe(200);
    const arrived = () => messages.filter(({ type }) => type === "data").map(({ event }) => event);
    await vi.waitFor(() => expect(arrived()).toEqual(["one", "two"]));
  });

  test("need a permission to be published", async () => {
    const { messages, send, next } = await connect(SIGNED);
    send({ type: "subscribe", id: "1", channel: "/sst/in", authorization: SIGNED });
    await next("subscribe_success");
    expect(await publish("/sst/in", "forged", "another")).toBe(401);
    expect(await publish("/sst/in", "last")).toBe(200);
    await next("data");
    expect(JSON.stringify(messages)).not.toContain("forged");
  });

  test("need a permission to be received, for each subscription", async () => {
    const { messages, send, next } = await connect(SIGNED);
    send({ type: "subscribe", id: "1", channel: "/sst/in", authorization: { who: "another" } });
    await next("subscribe_error");
    expect(JSON.stringify(messages)).toContain("EventSubscribe on /sst/in is denied");
  });

  test("need a signed connection", async () => {
    await expect(connect({ Authorization: "another" })).rejects.toThrow("401");
  });

  test("that are not JSON are answered with an error", async () => {
    const { socket, messages, next } = await connect(SIGNED);
    socket.send("{");
    await next("error");
    expect(JSON.stringify(messages)).toContain("The message is not valid.");
  });
});

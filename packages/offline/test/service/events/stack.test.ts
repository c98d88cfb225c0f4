import {
  DescribeRuleCommand,
  DisableRuleCommand,
  EnableRuleCommand,
  EventBridgeClient,
  ListRulesCommand,
  ListTargetsByRuleCommand,
  PutEventsCommand,
  PutRuleCommand,
} from "@aws-sdk/client-eventbridge";
import {
  GetBucketNotificationConfigurationCommand,
  PutBucketNotificationConfigurationCommand,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import { GetQueueUrlCommand, type Message, ReceiveMessageCommand } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as z from "zod";

import { type Stack, type StackEvent, startStack } from "../../../src/index.ts";
import { type App, makeApp } from "../../app.ts";
import { clientsOf } from "../../clients.ts";
import { ManualClock } from "./manual-clock.ts";

const INFRA = `
const files = new sst.aws.Bucket("Files");
new aws.s3.BucketNotification("FilesNotification", { bucket: files.name, eventbridge: true });
const others = new sst.aws.Bucket("Others");

const queue = (name, allowed = []) => {
  const created = new aws.sqs.Queue(name, { name });
  if (allowed.length > 0) {
    new aws.sqs.QueuePolicy(name + "Policy", {
      queueUrl: created.url,
      policy: aws.iam.getPolicyDocumentOutput({
        statements: [{
          actions: ["sqs:SendMessage"],
          resources: [created.arn],
          principals: [{ type: "Service", identifiers: ["events.amazonaws.com"] }],
          conditions: [{ test: "ArnEquals", variable: "aws:SourceArn", values: allowed }],
        }],
      }).json,
    });
  }
  return created;
};
const onObject = $jsonStringify({ source: ["aws.s3"], detail: { bucket: { name: [files.name] } } });

const created = new aws.cloudwatch.EventRule("ObjectRule", { name: "objects", eventPattern: onObject });
new aws.cloudwatch.EventTarget("ObjectTarget", { rule: created.name, arn: queue("objects", [created.arn]).arn });

const denied = new aws.cloudwatch.EventRule("DeniedRule", { name: "denied", eventPattern: onObject });
new aws.cloudwatch.EventTarget("DeniedTarget", {
  rule: denied.name,
  arn: queue("unreachable", [created.arn]).arn,
  deadLetterConfig: { arn: queue("dead", [denied.arn]).arn },
});

const path = new aws.cloudwatch.EventRule("PathRule", { name: "path", eventPattern: onObject, state: "DISABLED" });
new aws.cloudwatch.EventTarget("PathTarget", {
  rule: path.name,
  arn: queue("keys", [path.arn]).arn,
  inputPath: "$.detail.object.key",
  targetId: "keys",
});

const bus = new sst.aws.Bus("Orders");
bus.subscribeQueue("Placed", new sst.aws.Queue("PlacedOrders"), { pattern: { source: ["shop"], detail: { total: [{ numeric: [">", 10] }] } } });
bus.subscribe("Print", "src/print.handler", { pattern: { detailType: ["print"] } });
const unsubscribed = new sst.aws.Function("Unsubscribed", { handler: "src/print.handler", link: [bus] });
const forbidden = new aws.cloudwatch.EventRule("ForbiddenRule", { name: "forbidden", eventPattern: $jsonStringify({ source: ["forbidden"] }) });
new aws.cloudwatch.EventTarget("ForbiddenTarget", { rule: forbidden.name, arn: unsubscribed.arn });

new sst.aws.Cron("Daily", { schedule: "cron(0 9 * * ? *)", function: "src/print.handler", event: { job: "daily" } });
new sst.aws.Cron("Off", { schedule: "rate(1 hour)", function: "src/print.handler", event: { job: "off" }, enabled: false });
const hourly = new aws.cloudwatch.EventRule("HourlyRule", { name: "hourly", scheduleExpression: "rate(1 hour)" });
new aws.cloudwatch.EventTarget("HourlyTarget", { rule: hourly.name, arn: queue("hourly", [hourly.arn]).arn });
`;
const PRINT = "export const handler = async (event) => console.log(JSON.stringify(event));";

const clock = new ManualClock("2026-11-27T08:00:30Z");
const log: StackEvent[] = [];
let app: App;
let stack: Stack;
let events: EventBridgeClient;
let clients: ReturnType<typeof clientsOf>;

beforeAll(async () => {
  app = await makeApp({ "infra/app.ts": INFRA, "src/print.ts": PRINT });
  stack = await startStack({
    root: app.root,
    stage: "events",
    port: 0,
    retrySeconds: 0,
    workers: 1,
    polling: true,
    clock,
    onEvent: (event) => log.push(event),
  });
  clients = clientsOf(stack.env);
  events = clientOf(stack.owner);
});
afterAll(async () => {
  await stack.close();
  app.remove();
});

const clientOf = (credentials: { accessKeyId: string; secretAccessKey: string }) =>
  new EventBridgeClient({
    endpoint: stack.endpoint,
    region: stack.graph.region,
    credentials,
    maxAttempts: 1,
  });

/** Waits for a message, and deletes it by not returning it to the queue. */
async function receive(name: string, WaitTimeSeconds = 20): Promise<Message | undefined> {
  const QueueName = stack.plan.queues.find((queue) => queue.name.includes(name))?.name;
  const { QueueUrl } = await clients.sqs.send(new GetQueueUrlCommand({ QueueName }));
  const { Messages: [message] = [] } = await clients.sqs.send(
    new ReceiveMessageCommand({
      QueueUrl,
      WaitTimeSeconds,
      VisibilityTimeout: 3600,
      MessageAttributeNames: ["All"],
    }),
  );
  return message;
}

const bodyOf = (message: Message | undefined) => JSON.parse(message?.Body ?? "null") as unknown;
/** What functions have printed. */
const printed = () =>
  log.flatMap((event) =>
    event.type === "log" && event.line.startsWith("{") ? (JSON.parse(event.line) as unknown) : [],
  );
const problems = () => log.flatMap((event) => (event.type === "problem" ? event.message : []));
const bucket = (name: string) =>
  stack.plan.buckets.find((each) => each.name.includes(name))?.name ?? "";
const busName = () => stack.plan.buses.find((name) => name.includes("Orders")) ?? "";
const put = (Bucket: string, Key: string) =>
  clients.s3.send(new PutObjectCommand({ Bucket, Key, Body: "hello" }));

describe("an object of a bucket with EventBridge", () => {
  test("is sent to a queue in the envelope of EventBridge", async () => {
    const Key = "a b/ü+%41.txt";
    await put(bucket("others"), "of another bucket");
    await put(bucket("files"), Key);

    expect(bodyOf(await receive("objects"))).toEqual({
      version: "0",
      id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
      "detail-type": "Object Created",
      source: "aws.s3",
      account: stack.graph.accountId,
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) as string,
      region: stack.graph.region,
      resources: [`arn:aws:s3:::${bucket("files")}`],
      detail: {
        version: "0",
        bucket: { name: bucket("files") },
        object: {
          key: Key,
          size: 5,
          etag: "5d41402abc4b2a76b9719d911017c592",
          sequencer: expect.stringMatching(/^[0-9a-f]{16}$/) as string,
        },
        "request-id": expect.any(String) as string,
        requester: stack.graph.accountId,
        "source-ip-address": "127.0.0.1",
        reason: "PutObject",
      },
    });
  });

  test("does not reach a queue whose policy does not allow the rule, which is logged", async () => {
    const dead = await receive("dead");

    expect(bodyOf(dead)).toMatchObject({ "detail-type": "Object Created" });
    expect(dead?.MessageAttributes).toMatchObject({
      RULE_ARN: { StringValue: expect.stringContaining(":rule/denied") as string },
      TARGET_ARN: { StringValue: expect.stringContaining(":unreachable") as string },
      ERROR_CODE: { StringValue: "NO_PERMISSIONS" },
      ERROR_MESSAGE: { StringValue: expect.stringContaining("sqs:SendMessage") as string },
    });
    expect(await receive("unreachable", 0)).toBeUndefined();
    expect(log).toContainEqual(
      expect.objectContaining({
        type: "denied",
        caller: "events.amazonaws.com",
        action: "sqs:SendMessage",
        resource: expect.stringContaining(":unreachable") as string,
      }),
    );
    expect(problems()).toContainEqual(expect.stringContaining("the rule denied did not reach"));
  });

  test("reaches a disabled rule only after it is enabled", async () => {
    await events.send(new EnableRuleCommand({ Name: "path" }));
    await put(bucket("files"), "enabled");
    expect(bodyOf(await receive("keys"))).toBe("enabled");

    await events.send(new DisableRuleCommand({ Name: "path" }));
    await put(bucket("files"), "disabled again");
    await receive("objects");
    expect(bodyOf(await receive("objects"))).toMatchObject({
      detail: { object: { key: "disabled again" } },
    });
    expect(await receive("keys", 0)).toBeUndefined();
  });

  test("depends on the configuration of the bucket", async () => {
    const Bucket = bucket("others");
    const read = new GetBucketNotificationConfigurationCommand({ Bucket });
    expect((await clients.s3.send(read)).EventBridgeConfiguration).toBeUndefined();
    const NotificationConfiguration = { EventBridgeConfiguration: {} };
    await clients.s3.send(
      new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration }),
    );

    expect((await clients.s3.send(read)).EventBridgeConfiguration).toEqual({});
  });
});

describe("PutEvents", () => {
  const send = (...Entries: object[]) => events.send(new PutEventsCommand({ Entries }));
  const order = (total: number) => ({
    EventBusName: busName(),
    Source: "shop",
    DetailType: "placed",
    Detail: JSON.stringify({ total }),
    Resources: ["order"],
    Time: new Date("2026-11-27T01:02:03.456Z"),
  });

  test("sends an event to the rules of its bus that match it", async () => {
    const { FailedEntryCount, Entries } = await send(order(5), order(11), {
      ...order(12),
      EventBusName: "default",
    });

    expect(FailedEntryCount).toBe(0);
    expect(bodyOf(await receive("PlacedOrders"))).toEqual({
      version: "0",
      id: Entries?.[1]?.EventId,
      "detail-type": "placed",
      source: "shop",
      account: stack.graph.accountId,
      time: "2026-11-27T01:02:03Z",
      region: stack.graph.region,
      resources: ["order"],
      detail: { total: 11 },
    });
    expect(await receive("PlacedOrders", 0)).toBeUndefined();
  });

  test("invokes a function that is subscribed", async () => {
    await send({ ...order(1), DetailType: "print" });

    await expect
      .poll(printed)
      .toContainEqual(expect.objectContaining({ "detail-type": "print", detail: { total: 1 } }));
  });

  test("does not invoke a function without a permission for the rule", async () => {
    await send({ Source: "forbidden", DetailType: "x", Detail: "{}" });

    expect(log).toContainEqual(
      expect.objectContaining({ type: "denied", action: "lambda:InvokeFunction" }),
    );
    expect(problems()).toContainEqual(expect.stringContaining("the rule forbidden did not reach"));
  });

  test("reports the entries that are not valid, and accepts the others", async () => {
    const { FailedEntryCount, Entries } = await send(
      { DetailType: "x", Detail: "{}" },
      { ...order(1), Detail: "[]" },
      { ...order(1), Source: "aws.s3" },
      order(1),
    );

    expect(FailedEntryCount).toBe(3);
    expect(Entries?.map(({ ErrorCode }) => ErrorCode)).toEqual([
      "InvalidArgument",
      "MalformedDetail",
      "NotAuthorizedForSourceException",
      undefined,
    ]);
  });

  test("of an unknown bus loses the event, which is logged", async () => {
    await send({ ...order(1), EventBusName: "nowhere" });

    expect(problems()).toContainEqual(expect.stringContaining("the bus nowhere does not exist"));
  });

  test("needs the permission for the bus, which a link grants", async () => {
    const linked = await credentialsOf("Unsubscribed");
    await clientOf(linked).send(new PutEventsCommand({ Entries: [order(1)] }));

    const toDefault = { ...order(1), EventBusName: "default" };
    await expect(
      clientOf(linked).send(new PutEventsCommand({ Entries: [toDefault] })),
    ).rejects.toMatchObject({ name: "AccessDeniedException" });
    await expect(
      clientOf(linked).send(new DescribeRuleCommand({ Name: "objects" })),
    ).rejects.toMatchObject({ name: "AccessDeniedException" });
  });
});

/** The credentials of a function. */
async function credentialsOf(id: string) {
  const response = await fetch(`${stack.endpoint}/_offline/credentials`, {
    method: "POST",
    headers: { "x-offline-token": stack.token },
  });
  const all = z
    .array(z.object({ name: z.string(), accessKeyId: z.string(), secretAccessKey: z.string() }))
    .parse(await response.json());
  const found = all.find(({ name }) => name.includes(id));
  if (found === undefined) throw new Error(`the function ${id} does not exist`);
  return found;
}

describe("a schedule", () => {
  test("invokes a function with its input when it is due, unless it is disabled", async () => {
    clock.moveTo("2026-11-27T08:59:59Z");
    expect(printed()).not.toContainEqual({ job: "daily" });
    clock.moveTo("2026-11-27T09:00:00Z");

    await expect.poll(printed).toContainEqual({ job: "daily" });
    expect(printed()).not.toContainEqual({ job: "off" });
  });

  test("of a rate counts from the start of the stack, and sends an event", async () => {
    clock.moveTo("2026-11-27T09:00:30Z");

    expect(bodyOf(await receive("hourly"))).toMatchObject({
      "detail-type": "Scheduled Event",
      source: "aws.events",
      time: "2026-11-27T09:00:30Z",
      resources: [expect.stringMatching(/:rule\/hourly$/) as string],
      detail: {},
    });
  });
});

describe("the API", () => {
  test("describes rules and targets as they are declared", async () => {
    const { Rules } = await events.send(new ListRulesCommand({ NamePrefix: "pa" }));
    const described = await events.send(new DescribeRuleCommand({ Name: "path" }));
    const { Targets } = await events.send(new ListTargetsByRuleCommand({ Rule: "path" }));

    expect(Rules).toEqual([expect.objectContaining({ Name: "path", State: "DISABLED" })]);
    expect(described).toMatchObject({ EventBusName: "default", CreatedBy: stack.graph.accountId });
    expect(JSON.parse(described.EventPattern ?? "")).toMatchObject({ source: ["aws.s3"] });
    expect(Targets).toEqual([
      {
        Id: "keys",
        Arn: expect.stringMatching(/:keys$/) as string,
        InputPath: "$.detail.object.key",
      },
    ]);
  });

  test("lists the rules of a bus by page", async () => {
    const EventBusName = busName();
    const first = await events.send(new ListRulesCommand({ EventBusName, Limit: 1 }));
    const { NextToken } = first;
    const second = await events.send(new ListRulesCommand({ EventBusName, NextToken }));

    expect([...(first.Rules ?? []), ...(second.Rules ?? [])]).toHaveLength(2);
    expect(second.NextToken).toBeUndefined();
  });

  test("has no unknown rule and no unknown bus", async () => {
    for (const EventBusName of [undefined, "nowhere"]) {
      const call = events.send(new DescribeRuleCommand({ Name: "unknown", EventBusName }));
      await expect(call).rejects.toMatchObject({ name: "ResourceNotFoundException" });
    }
  });

  test("denies an unsupported operation", async () => {
    await expect(events.send(new PutRuleCommand({ Name: "x" }))).rejects.toMatchObject({
      name: "AccessDeniedException",
      message: expect.stringContaining("offline does not support this operation") as string,
    });
  });
});

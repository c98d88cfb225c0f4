import {
  DescribeRuleCommand,
  DisableRuleCommand,
  EnableRuleCommand,
  ListRulesCommand,
  ListTargetsByRuleCommand,
  PutEventsCommand,
  PutRuleCommand,
} from "@aws-sdk/client-eventbridge";
import {
  GetBucketNotificationConfigurationCommand,
  PutBucketNotificationConfigurationCommand,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { bodyOf, EventsBench } from "./bench.ts";

let bench: EventsBench;
beforeAll(async () => {
  bench = await EventsBench.start();
});
afterAll(() => bench.close());

describe("an object of a bucket with EventBridge", () => {
  test("is sent to a queue in the envelope of EventBridge", async () => {
    const Key = "a b/ü+%41.txt";
    await bench.put(bench.bucket("others"), "of another bucket");
    await bench.put(bench.bucket("files"), Key);

    expect(bodyOf(await bench.receive("objects"))).toEqual({
      version: "0",
      id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
      "detail-type": "Object Created",
      source: "aws.s3",
      account: bench.stack.graph.accountId,
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) as string,
      region: bench.stack.graph.region,
      resources: [`arn:aws:s3:::${bench.bucket("files")}`],
      detail: {
        version: "0",
        bucket: { name: bench.bucket("files") },
        object: {
          key: Key,
          size: 5,
          etag: "5d41402abc4b2a76b9719d911017c592",
          sequencer: expect.stringMatching(/^[0-9a-f]{16}$/) as string,
        },
        "request-id": expect.any(String) as string,
        requester: bench.stack.graph.accountId,
        "source-ip-address": "127.0.0.1",
        reason: "PutObject",
      },
    });
  });

  test("does not reach a queue whose policy does not allow the rule, which is logged", async () => {
    const dead = await bench.receive("dead");

    expect(bodyOf(dead)).toMatchObject({ "detail-type": "Object Created" });
    expect(dead?.MessageAttributes).toMatchObject({
      RULE_ARN: { StringValue: expect.stringContaining(":rule/denied") as string },
      TARGET_ARN: { StringValue: expect.stringContaining(":unreachable") as string },
      ERROR_CODE: { StringValue: "NO_PERMISSIONS" },
      ERROR_MESSAGE: { StringValue: expect.stringContaining("sqs:SendMessage") as string },
    });
    expect(await bench.receive("unreachable", 0)).toBeUndefined();
    expect(bench.log).toContainEqual(
      expect.objectContaining({
        type: "denied",
        caller: "events.amazonaws.com",
        action: "sqs:SendMessage",
        resource: expect.stringContaining(":unreachable") as string,
      }),
    );
    expect(bench.problems).toContainEqual(expect.stringContaining("the rule denied did not reach"));
  });

  test("reaches a disabled rule only after it is enabled", async () => {
    await bench.events.send(new EnableRuleCommand({ Name: "path" }));
    await bench.put(bench.bucket("files"), "enabled");
    expect(bodyOf(await bench.receive("keys"))).toBe("enabled");

    await bench.events.send(new DisableRuleCommand({ Name: "path" }));
    await bench.put(bench.bucket("files"), "disabled again");
    await bench.receive("objects");
    expect(bodyOf(await bench.receive("objects"))).toMatchObject({
      detail: { object: { key: "disabled again" } },
    });
    expect(await bench.receive("keys", 0)).toBeUndefined();
  });

  test("depends on the configuration of the bucket", async () => {
    const Bucket = bench.bucket("others");
    const read = new GetBucketNotificationConfigurationCommand({ Bucket });
    expect((await bench.clients.s3.send(read)).EventBridgeConfiguration).toBeUndefined();
    const NotificationConfiguration = { EventBridgeConfiguration: {} };
    await bench.clients.s3.send(
      new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration }),
    );

    expect((await bench.clients.s3.send(read)).EventBridgeConfiguration).toEqual({});
  });
});

describe("PutEvents", () => {
  const send = (...Entries: object[]) => bench.events.send(new PutEventsCommand({ Entries }));
  const order = (total: number) => ({
    EventBusName: bench.busName,
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
    expect(bodyOf(await bench.receive("PlacedOrders"))).toEqual({
      version: "0",
      id: Entries?.[1]?.EventId,
      "detail-type": "placed",
      source: "shop",
      account: bench.stack.graph.accountId,
      time: "2026-11-27T01:02:03Z",
      region: bench.stack.graph.region,
      resources: ["order"],
      detail: { total: 11 },
    });
    expect(await bench.receive("PlacedOrders", 0)).toBeUndefined();
  });

  test("invokes a function that is subscribed", async () => {
    await send({ ...order(1), DetailType: "print" });

    await expect
      .poll(bench.printed)
      .toContainEqual(expect.objectContaining({ "detail-type": "print", detail: { total: 1 } }));
  });

  test("starts a state machine with the role of the target", async () => {
    await send({ Source: "machine", DetailType: "start", Detail: '{"n":1}' });

    await expect
      .poll(bench.printed)
      .toContainEqual(expect.objectContaining({ source: "machine", detail: { n: 1 } }));
  });

  test("does not invoke a function without a permission for the rule", async () => {
    await send({ Source: "forbidden", DetailType: "x", Detail: "{}" });

    expect(bench.log).toContainEqual(
      expect.objectContaining({ type: "denied", action: "lambda:InvokeFunction" }),
    );
    expect(bench.problems).toContainEqual(
      expect.stringContaining("the rule forbidden did not reach"),
    );
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

    expect(bench.problems).toContainEqual(
      expect.stringContaining("the bus nowhere does not exist"),
    );
  });

  test("needs the permission for the bus, which a link grants", async () => {
    const linked = await bench.credentialsOf("Unsubscribed");
    await bench.clientOf(linked).send(new PutEventsCommand({ Entries: [order(1)] }));

    const toDefault = { ...order(1), EventBusName: "default" };
    await expect(
      bench.clientOf(linked).send(new PutEventsCommand({ Entries: [toDefault] })),
    ).rejects.toMatchObject({ name: "AccessDeniedException" });
    await expect(
      bench.clientOf(linked).send(new DescribeRuleCommand({ Name: "objects" })),
    ).rejects.toMatchObject({ name: "AccessDeniedException" });
  });
});

describe("a schedule", () => {
  test("invokes a function with its input when it is due, unless it is disabled", async () => {
    bench.clock.moveTo("2026-11-27T08:59:59Z");
    expect(bench.printed()).not.toContainEqual({ job: "daily" });
    bench.clock.moveTo("2026-11-27T09:00:00Z");

    await expect.poll(bench.printed).toContainEqual({ job: "daily" });
    expect(bench.printed()).not.toContainEqual({ job: "off" });
  });

  test("of a rate counts from the start of the stack, and sends an event", async () => {
    bench.clock.moveTo("2026-11-27T09:00:30Z");

    expect(bodyOf(await bench.receive("hourly"))).toMatchObject({
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
    const { Rules } = await bench.events.send(new ListRulesCommand({ NamePrefix: "pa" }));
    const described = await bench.events.send(new DescribeRuleCommand({ Name: "path" }));
    const { Targets } = await bench.events.send(new ListTargetsByRuleCommand({ Rule: "path" }));

    expect(Rules).toEqual([expect.objectContaining({ Name: "path", State: "DISABLED" })]);
    expect(described).toMatchObject({
      EventBusName: "default",
      CreatedBy: bench.stack.graph.accountId,
    });
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
    const EventBusName = bench.busName;
    const first = await bench.events.send(new ListRulesCommand({ EventBusName, Limit: 1 }));
    const { NextToken } = first;
    const second = await bench.events.send(new ListRulesCommand({ EventBusName, NextToken }));

    expect([...(first.Rules ?? []), ...(second.Rules ?? [])]).toHaveLength(2);
    expect(second.NextToken).toBeUndefined();
  });

  test("has no unknown rule and no unknown bus", async () => {
    for (const EventBusName of [undefined, "nowhere"]) {
      const call = bench.events.send(new DescribeRuleCommand({ Name: "unknown", EventBusName }));
      await expect(call).rejects.toMatchObject({ name: "ResourceNotFoundException" });
    }
  });

  test("denies an unsupported operation", async () => {
    await expect(bench.events.send(new PutRuleCommand({ Name: "x" }))).rejects.toMatchObject({
      name: "AccessDeniedException",
      message: expect.stringContaining("offline does not support this operation") as string,
    });
  });
});

import { PutBucketNotificationConfigurationCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { describe, expect, test, vi } from "vitest";
import { failure } from "./failure.ts";
import { ALL_EVENTS, QUEUE, raw, settings, start } from "./harness.ts";

describe("delivery", () => {
  test("rejects a destination that does not exist", async () => {
    const deliver = () => Promise.reject(new Error("no such queue"));
    await using broken = await start({ deliver });
    broken.s3.ensureBucket("files", settings());
    const NotificationConfiguration = {
      QueueConfigurations: [{ QueueArn: QUEUE, Events: ["s3:ObjectCreated:*" as const] }],
    };
    const sent = broken.client.send(
      new PutBucketNotificationConfigurationCommand({ Bucket: "files", NotificationConfiguration }),
    );
    expect((await failure(sent)).message).toContain("Unable to validate");
  });

  test("is retried until it succeeds, in the order of the changes of a key", async () => {
    const arrived: string[] = [];
    let failures = 3;
    const deliver = (_: string, body: string) => {
      if (body.includes('"slow"') && failures-- > 0) return Promise.reject(new Error("not now"));
      arrived.push(body);
      return Promise.resolve();
    };
    await using flaky = await start({ deliver });
    flaky.s3.ensureBucket("files", settings({ notifications: [ALL_EVENTS] }));
    await flaky.s3.settled();
    arrived.length = 0;
    for (const Body of ["1", "22", "333"]) {
      await flaky.client.send(new PutObjectCommand({ Bucket: "files", Key: "slow", Body }));
    }
    await flaky.client.send(new PutObjectCommand({ Bucket: "files", Key: "quick", Body: "x" }));
    await flaky.s3.settled();

    const objects = arrived.map((body): { key: string; size: number } => {
      const { Records } = JSON.parse(body);
      return Records[0].s3.object;
    });
    expect(objects[0]?.key).toBe("quick");
    expect(objects.slice(1).map(({ size }) => size)).toEqual([1, 2, 3]);
    expect(flaky.s3.pendingNotifications()).toBe(0);
  });

  test("does not wait for a queue that fails", async () => {
    const dead = `${QUEUE}-dead`;
    const alive: string[] = [];
    let open = false;
    const deliver = (queueArn: string, body: string) => {
      if (queueArn === dead && !open) return Promise.reject(new Error("dead"));
      alive.push(body);
      return Promise.resolve();
    };
    await using half = await start({ deliver });
    const notifications = [
      { ...ALL_EVENTS, id: "dead", queueArn: dead, filterPrefix: "dead" },
      { ...ALL_EVENTS, id: "alive", filterPrefix: "alive" },
    ];
    half.s3.ensureBucket("files", settings({ notifications }));
    for (let index = 0; index < 100; index++) {
      await raw(half, "PUT", `/files/dead-${index}`, { body: "x" });
    }
    await raw(half, "PUT", "/files/alive", { body: "x" });

    await vi.waitFor(() => expect(alive.join()).toContain('"alive"'), { timeout: 10_000 });
    expect(half.s3.pendingNotifications()).toBe(101);
    open = true;
    await half.s3.settled();
    expect(alive).toHaveLength(103);
  });

  test("continues after a restart", async () => {
    const first = await start({ deliver: () => Promise.reject(new Error("down")) });
    first.s3.ensureBucket("files", settings({ notifications: [ALL_EVENTS] }));
    for (let index = 0; index < 30; index++) {
      await raw(first, "PUT", `/files/${index % 3}`, { body: "x".repeat(index) });
    }
    expect(first.s3.pendingNotifications()).toBe(31);
    await first.stop();

    await using second = await start({ dir: first.dir });
    const records = await second.records();
    const sizes = (key: string) =>
      records.filter(({ s3 }) => s3.object.key === key).map(({ s3 }) => s3.object.size);
    expect(records).toHaveLength(30);
    expect(sizes("1")).toEqual([1, 4, 7, 10, 13, 16, 19, 22, 25, 28]);
    expect(second.s3.pendingNotifications()).toBe(0);
  });

  test("keeps the order with more messages than fit in memory", async () => {
    let open = false;
    const sizes: number[] = [];
    const deliver = (_: string, body: string) => {
      if (!open) return Promise.reject(new Error("down"));
      const { Records } = JSON.parse(body);
      if (Records) sizes.push(Records[0].s3.object.size);
      return Promise.resolve();
    };
    await using s = await start({ deliver });
    s.s3.ensureBucket(
      "files",
      settings({ versioning: "Unversioned", notifications: [ALL_EVENTS] }),
    );
    for (let index = 0; index < 1100; index++) {
      await raw(s, "PUT", "/files/same", { body: Buffer.alloc(index) });
    }
    open = true;
    await s.s3.settled();
    expect(sizes).toEqual(Array.from({ length: 1100 }, (_, index) => index));
  });
});

import {
  AddPermissionCommand,
  GetQueueAttributesCommand,
  ListQueueTagsCommand,
  SetQueueAttributesCommand,
  TagQueueCommand,
  UntagQueueCommand,
} from "@aws-sdk/client-sqs";
import { describe, expect, test } from "vitest";

import { ACCOUNT, arnOf, redriveTo, startQueues } from "./fixture.ts";

describe("attributes", () => {
  test("sets some and keeps the others, and an empty policy removes the policy", async () => {
    const { client, make, queues } = await startQueues();
    const QueueUrl = make("q", { VisibilityTimeout: "7", Policy: '{"Statement":[]}' });
    make("dead");

    await client.send(
      new SetQueueAttributesCommand({
        QueueUrl,
        Attributes: { DelaySeconds: "5", RedrivePolicy: redriveTo("dead", 2) },
      }),
    );
    await client.send(
      new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy: "", RedrivePolicy: "" } }),
    );

    const { Attributes } = await client.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] }),
    );
    expect(Attributes).toMatchObject({ VisibilityTimeout: "7", DelaySeconds: "5" });
    expect(Attributes).not.toHaveProperty("Policy");
    expect(Attributes).not.toHaveProperty("RedrivePolicy");
    expect(queues.sqs.queueOf("q")).not.toHaveProperty("policy");
  });

  test("allows either a KMS key or the keys of SQS", async () => {
    const { client, make } = await startQueues();
    const QueueUrl = make("q");
    const set = (Attributes: Record<string, string>) =>
      client.send(new SetQueueAttributesCommand({ QueueUrl, Attributes }));
    const get = async () =>
      (await client.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] })))
        .Attributes;

    await set({ KmsMasterKeyId: "alias/mine" });
    expect(await get()).toMatchObject({
      KmsMasterKeyId: "alias/mine",
      SqsManagedSseEnabled: "false",
    });
    await set({ SqsManagedSseEnabled: "true" });
    expect(await get()).not.toHaveProperty("KmsMasterKeyId");
    await expect(
      set({ SqsManagedSseEnabled: "true", KmsMasterKeyId: "alias/mine" }),
    ).rejects.toMatchObject({ name: "InvalidAttributeName" });
  });

  test("returns only the requested attributes", async () => {
    const { client, make } = await startQueues();
    const QueueUrl = make("q");

    const one = await client.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["QueueArn", "Policy"] }),
    );
    const none = await client.send(new GetQueueAttributesCommand({ QueueUrl }));

    expect(one.Attributes).toEqual({ QueueArn: arnOf("q") });
    expect(none.Attributes).toBeUndefined();
  });

  test("rejects AddPermission: permissions are set by policy", async () => {
    const { client, make } = await startQueues();

    await expect(
      client.send(
        new AddPermissionCommand({
          QueueUrl: make("q"),
          Label: "l",
          AWSAccountIds: [ACCOUNT],
          Actions: ["SendMessage"],
        }),
      ),
    ).rejects.toMatchObject({
      name: "UnsupportedOperation",
      Code: "AWS.SimpleQueueService.UnsupportedOperation",
    });
  });
});

describe("tags", () => {
  test("are added, replaced and removed by key", async () => {
    const { client, make } = await startQueues();
    const QueueUrl = make("q");
    const tags = async () => (await client.send(new ListQueueTagsCommand({ QueueUrl }))).Tags;

    await client.send(new TagQueueCommand({ QueueUrl, Tags: { a: "1", b: "2" } }));
    await client.send(new TagQueueCommand({ QueueUrl, Tags: { a: "3", c: "" } }));
    expect(await tags()).toEqual({ a: "3", b: "2", c: "" });

    await client.send(new UntagQueueCommand({ QueueUrl, TagKeys: ["a", "b", "c", "none"] }));
    expect(await tags()).toBeUndefined();
  });

  test("are limited to fifty per queue", async () => {
    const { client, make } = await startQueues();
    const Tags = Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`t${i}`, ""]));

    await expect(
      client.send(new TagQueueCommand({ QueueUrl: make("q"), Tags })),
    ).rejects.toMatchObject({ Code: "InvalidParameterValue" });
  });
});

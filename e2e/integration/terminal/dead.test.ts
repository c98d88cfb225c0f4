import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { Resource } from "sst";
import { describe, expect, test } from "vitest";
import * as z from "zod/mini";

import { waybill as run } from "@waybill/cli/test/waybill";
import { offline, stageEnv } from "../support.ts";

const sqs = new SQSClient({});
const waybill = (...args: string[]) => run(args, stageEnv);

const Letters = z.array(
  z.object({
    messageId: z.string(),
    body: z.string(),
    receives: z.number(),
    objects: z.array(z.object({ key: z.string(), event: z.string() })),
    reason: z.optional(z.object({ code: z.string(), message: z.string() })),
  }),
);

/** Lists the dead letters with this body. */
async function lettersOf(body: string) {
  const { stdout } = await waybill("dead", "--limit", "500", "--json");
  return Letters.parse(JSON.parse(stdout)).filter((letter) => letter.body === body);
}

/** Sends a message that can never be processed, and waits until it is a dead letter. */
async function sendDead(body: string): Promise<z.output<typeof Letters>[number]> {
  await sqs.send(new SendMessageCommand({ QueueUrl: Resource.Events.url, MessageBody: body }));
  return deadLetterOf(body);
}

/** Waits for the dead letter with this body and another id than `not`. */
async function deadLetterOf(body: string, not = "") {
  let found: z.output<typeof Letters>[number] | undefined;
  await expect
    .poll(
      async () => {
        found = (await lettersOf(body)).find(({ messageId }) => messageId !== not);
        return found;
      },
      { timeout: 60_000, interval: 500 },
    )
    .toBeDefined();
  if (!found) throw new Error(`no dead letter has the body ${body}`);
  return found;
}

// On a stage in AWS a message becomes a dead letter after five visibility timeouts, which is half an hour.
describe.runIf(offline)("dead letters", () => {
  test("are listed with reason, key and event, as often as they are read", async () => {
    const record = {
      eventVersion: "2.1",
      eventSource: "aws:s3",
      awsRegion: "us-east-1",
      eventTime: "2026-11-23T06:00:00.000Z",
      eventName: "ObjectCreated:Put",
      s3: {
        bucket: { name: "other-bucket" },
        object: { key: `a+b%2Bc/${crypto.randomUUID()}\u001b`, size: 1, sequencer: "0055" },
      },
    };
    const body = JSON.stringify({ Records: [record] });
    const { messageId } = await sendDead(body);
    const again = await lettersOf(body);
    expect(again).toMatchObject([
      {
        messageId,
        objects: [
          { event: "ObjectCreated:Put", key: expect.stringMatching(/^a b\+c\//) as string },
        ],
        reason: { code: "notification.other_bucket" },
      },
    ]);

    const { code, stdout } = await waybill("dead", "show", messageId.slice(0, 13));
    expect(code).toBe(0);
    expect(stdout).toContain("notification.other_bucket");
    expect(stdout).toContain('"name": "other-bucket"');
    expect(stdout).not.toContain("\u001b");
  });

  test("are redriven, and the command waits until all are with --wait", async () => {
    const body = `not a notification ${crypto.randomUUID()}`;
    const letter = await sendDead(body);
    expect(letter.reason).toEqual({
      code: "notification.not_json",
      message: "The message is not JSON.",
    });

    const { code, stdout } = await waybill("dead", "redrive", "--wait", "--json");
    expect(code).toBe(0);
    const redrive = JSON.parse(stdout) as { status: string; moved: number };
    expect(redrive.status).toBe("completed");
    expect(redrive.moved).toBeGreaterThanOrEqual(1);
    // It failed again, as a message with another id.
    expect((await deadLetterOf(body, letter.messageId)).messageId).not.toBe(letter.messageId);
  });

  test("are redriven or dropped one by one", async () => {
    const [kept, chosen] = [crypto.randomUUID(), crypto.randomUUID()].map((id) => `not JSON ${id}`);
    const other = await sendDead(kept ?? "");
    const letter = await sendDead(chosen ?? "");

    const sent = await waybill("dead", "redrive", letter.messageId, "--json");
    expect(JSON.parse(sent.stdout)).toEqual({ sent: [letter.messageId] });
    const again = await deadLetterOf(chosen ?? "", letter.messageId);
    expect((await deadLetterOf(kept ?? "")).messageId).toBe(other.messageId);

    const unconfirmed = await waybill("dead", "drop", again.messageId);
    expect(unconfirmed).toMatchObject({ code: 2, stdout: "" });
    const { code, stdout, stderr } = await waybill(
      "dead",
      "drop",
      again.messageId,
      "--yes",
      "--json",
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: "waybill: 1 dead letter dropped.\n" });
    expect(JSON.parse(stdout)).toMatchObject([{ messageId: again.messageId, body: chosen }]);
    expect(await lettersOf(chosen ?? "")).toEqual([]);
    expect(await lettersOf(kept ?? "")).toHaveLength(1);
  });

  test("are not found by an unknown id", async () => {
    const { code, stderr } = await waybill("dead", "show", crypto.randomUUID());
    expect(code).toBe(3);
    expect(stderr).toMatch(/^waybill: No dead letter/);
  });
});

describe("status", () => {
  test("prints the state of the stage as JSON", async () => {
    const { code, stdout } = await waybill("status", "--jsonl");
    expect(code).toBe(0);
    expect(stdout.trimEnd()).not.toContain("\n");
    expect(JSON.parse(stdout)).toMatchObject({
      app: "waybill",
      bucket: Resource.Files.name,
      catalog: { table: Resource.Catalog.name },
      events: { waiting: expect.any(Number) as number, inFlight: expect.any(Number) as number },
      deadLetters: { waiting: expect.any(Number) as number },
      metrics: { failed: expect.any(Number) as number, indexed: expect.any(Number) as number },
    });
  });

  test("prints the state of the stage as text", async () => {
    const { stdout } = await waybill("status");
    expect(stdout).toMatch(/^stage +waybill \/ /);
    expect(stdout).toMatch(/^events +[\d,]+ waiting, [\d,]+ in flight/m);
  });
});

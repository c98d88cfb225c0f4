import * as fc from "fast-check";
import { expect, test } from "vitest";

import { arnOf, Queues, redriveTo } from "./fixture.ts";

const VISIBILITY = 10;
const MAX_RECEIVES = 2;
const RETENTION = 120;

type Step =
  | { do: "send"; delay: number }
  | { do: "sendBatch"; delays: number[] }
  | { do: "receive"; from: "main" | "dead"; max: number; visibility: number | undefined }
  | { do: "delete"; handle: number }
  | { do: "hide"; handle: number; seconds: number }
  | { do: "pass"; milliseconds: number }
  | { do: "release" }
  | { do: "restart" };

const seconds = (max: number) => fc.integer({ min: 0, max });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant("send"), delay: seconds(5) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("sendBatch"),
      delays: fc.array(seconds(5), { minLength: 1, maxLength: 10 }),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("receive"),
      from: fc.constantFrom("main", "main", "main", "dead"),
      max: fc.integer({ min: 1, max: 10 }),
      visibility: fc.option(seconds(20), { nil: undefined }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("delete"), handle: fc.nat(1000) }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("hide"), handle: fc.nat(1000), seconds: seconds(20) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("pass"),
      milliseconds: fc.constantFrom(1, 999, 1000, 4000, 10_000, 25_000),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("release") }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("restart") }) },
);

/**
 * The expected state of one message. A visible message that was received `MAX_RECEIVES` times may
 * be in either queue until a receive has read all of the first: then it is in the second.
 */
interface ModelMessage {
  body: string;
  place: "main" | "dead";
  sentAt: number;
  visibleAt: number;
  receives: number;
  allReceives: number;
}

interface Handle {
  id: string;
  queue: "main" | "dead";
  text: string;
  /** The number of the receive. */
  nth: number;
}

class Model {
  readonly messages = new Map<string, ModelMessage>();
  readonly handles: Handle[] = [];
  now = 0;

  sweep(): void {
    for (const [id, { sentAt }] of this.messages) {
      if (sentAt + RETENTION * 1000 <= this.now) this.messages.delete(id);
    }
  }

  /** Received `MAX_RECEIVES` times from the first queue, and due to be moved to the second. */
  exhausted({ place, receives, visibleAt }: ModelMessage): boolean {
    return place === "main" && receives >= MAX_RECEIVES && visibleAt <= this.now;
  }

  receivable(message: ModelMessage, from: "main" | "dead"): boolean {
    return message.place === from && message.visibleAt <= this.now && !this.exhausted(message);
  }

  count(predicate: (message: ModelMessage) => boolean): number {
    return [...this.messages.values()].filter(predicate).length;
  }

  current(handle: Handle): ModelMessage | undefined {
    const message = this.messages.get(handle.id);
    const isCurrent = message?.place === handle.queue && message.allReceives === handle.nth;
    return isCurrent ? message : undefined;
  }
}

interface Received {
  MessageId: string;
  ReceiptHandle: string;
  Body: string;
  Attributes: { ApproximateReceiveCount: string; SentTimestamp: string };
}

async function run(steps: readonly Step[]): Promise<void> {
  const queues = new Queues();
  const retention = { MessageRetentionPeriod: String(RETENTION) };
  queues.sqs.ensureQueue("dead", retention);
  queues.sqs.ensureQueue("main", {
    ...retention,
    VisibilityTimeout: String(VISIBILITY),
    RedrivePolicy: redriveTo("dead", MAX_RECEIVES),
  });
  const model = new Model();
  model.now = queues.clock.now;
  let sent = 0;

  const record = (id: string, body: string, delay: number) => {
    const { now } = model;
    const visibleAt = now + delay * 1000;
    const fresh = { body, place: "main" as const, receives: 0, allReceives: 0 };
    model.messages.set(id, { ...fresh, sentAt: now, visibleAt });
  };

  const receive = async (from: "main" | "dead", max: number, visibility: number | undefined) => {
    const { Messages = [] } = await queues.call("ReceiveMessage", {
      QueueUrl: from,
      MaxNumberOfMessages: max,
      MessageSystemAttributeNames: ["All"],
      ...(visibility === undefined ? {} : { VisibilityTimeout: visibility }),
    });
    const received = Messages as Received[];
    const certain = model.count((message) => model.receivable(message, from));
    const possible = from === "dead" ? model.count((message) => model.exhausted(message)) : 0;
    expect(received.length).toBeGreaterThanOrEqual(Math.min(max, certain));
    expect(received.length).toBeLessThanOrEqual(Math.min(max, certain + possible));
    for (const { MessageId, ReceiptHandle, Body, Attributes } of received) {
      const message = model.messages.get(MessageId);
      if (!message) throw new Error(`${Body} was deleted or never sent`);
      const moved = from === "dead" && model.exhausted(message);
      if (!moved && !model.receivable(message, from)) throw new Error(`${Body} is not visible`);
      if (moved) Object.assign(message, { place: "dead", receives: 0 });
      message.receives += 1;
      message.allReceives += 1;
      const standard = from === "main" ? VISIBILITY : 30;
      message.visibleAt = model.now + (visibility ?? standard) * 1000;
      expect({ Body, ...Attributes }).toMatchObject({
        Body: message.body,
        ApproximateReceiveCount: String(message.allReceives),
        SentTimestamp: String(message.sentAt),
      });
      const nth = message.allReceives;
      model.handles.push({ id: MessageId, queue: from, text: ReceiptHandle, nth });
    }
    if (from === "main" && received.length < max) {
      const got = new Set(received.map(({ MessageId }) => MessageId));
      for (const [id, message] of model.messages) {
        if (!got.has(id) && model.exhausted(message)) {
          Object.assign(message, { place: "dead", receives: 0 });
        }
      }
    }
    return received.length;
  };

  const remove = async (handle: Handle | undefined) => {
    if (!handle || isAmbiguous(handle)) return;
    const input = { QueueUrl: handle.queue, ReceiptHandle: handle.text };
    const output = await queues.call("DeleteMessage", input);
    if (model.current(handle)) model.messages.delete(handle.id);
    expect(output).toEqual({});
  };

  const changeVisibility = async (handle: Handle | undefined, VisibilityTimeout: number) => {
    if (!handle || isAmbiguous(handle)) return;
    const message = model.current(handle);
    const input = { QueueUrl: handle.queue, ReceiptHandle: handle.text, VisibilityTimeout };
    const outcome = await queues.call("ChangeMessageVisibility", input).then(
      () => "changed",
      () => "rejected",
    );
    if (message) message.visibleAt = model.now + VisibilityTimeout * 1000;
    expect(outcome).toBe(message ? "changed" : "rejected");
  };

  /** Returns whether the message may be in either queue. */
  const isAmbiguous = (handle: Handle) => {
    const message = model.current(handle);
    return message !== undefined && model.exhausted(message);
  };

  const take = async (one: Step): Promise<void> => {
    switch (one.do) {
      case "send": {
        const body = `message ${(sent += 1)}`;
        const { messageId } = queues.sqs.send(arnOf("main"), body, one.delay);
        return record(messageId, body, one.delay);
      }
      case "sendBatch": {
        const entries = one.delays.map((DelaySeconds, index) => ({
          Id: String(index),
          MessageBody: `message ${(sent += 1)}`,
          DelaySeconds,
        }));
        const { Successful } = await queues.call("SendMessageBatch", {
          QueueUrl: "main",
          Entries: entries,
        });
        for (const [index, { MessageId }] of (Successful as { MessageId: string }[]).entries()) {
          const entry = entries[index];
          if (entry) record(MessageId, entry.MessageBody, entry.DelaySeconds);
        }
        return;
      }
      case "receive":
        await receive(one.from, one.max, one.visibility);
        return;
      case "delete":
        return remove(model.handles[one.handle % model.handles.length]);
      case "hide":
        return changeVisibility(model.handles[one.handle % model.handles.length], one.seconds);
      case "pass":
        queues.pass(one.milliseconds / 1000);
        model.now = queues.clock.now;
        return;
      case "release":
        queues.sqs.releaseInFlight();
        for (const message of model.messages.values()) {
          if (message.receives > 0) message.visibleAt = Math.min(message.visibleAt, model.now);
        }
        return;
      case "restart":
        queues.restart();
    }
  };

  const compareDepths = () => {
    const main = queues.sqs.depth(arnOf("main"));
    const dead = queues.sqs.depth(arnOf("dead"));
    const hidden = ({ visibleAt }: ModelMessage) => visibleAt > model.now;
    expect({
      visible: main.visible + dead.visible,
      inFlight: main.inFlight + dead.inFlight,
      delayed: main.delayed + dead.delayed,
    }).toEqual({
      visible: model.count((message) => !hidden(message)),
      inFlight: model.count((message) => hidden(message) && message.receives > 0),
      delayed: model.count((message) => hidden(message) && message.receives === 0),
    });
  };

  try {
    for (const one of steps) {
      await take(one);
      model.sweep();
      compareDepths();
    }
    // No message is lost: every visible message can be received from one of the queues.
    while ((await receive("main", 10, 43_200)) > 0) model.sweep();
    while ((await receive("dead", 10, 43_200)) > 0) model.sweep();
    expect(model.count(({ visibleAt }) => visibleAt <= model.now)).toBe(0);
    compareDepths();
  } finally {
    queues.close();
  }
}

test("every history of a queue and its dead-letter queue is one that SQS allows", async () => {
  await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 60 }), run), {
    numRuns: 300,
  });
}, 120_000);

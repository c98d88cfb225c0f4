// Sends, receives, deletes and redrives messages until it is killed. Writes each completed step to
// stdout.
import fs from "node:fs";

import { openSqs } from "../src/index.ts";

const [dir = "", seed = "0"] = process.argv.slice(2);
const accountId = "123456789012";
const sqs = openSqs({ dir, region: "eu-west-1", accountId });
const arnOf = (name: string) => `arn:aws:sqs:eu-west-1:${accountId}:${name}`;
sqs.ensureQueue("dead", {});
const { arn } = sqs.ensureQueue("main", {
  VisibilityTimeout: "0",
  RedrivePolicy: JSON.stringify({ deadLetterTargetArn: arnOf("dead"), maxReceiveCount: 3 }),
});

const signal = new AbortController().signal;
const call = (operation: string, input: Record<string, unknown>) =>
  sqs.handle({
    operation,
    input: { QueueUrl: `http://x/${accountId}/main`, ...input },
    endpoint: "http://x",
    signal,
  });
const report = (line: string) => fs.writeSync(1, `${line}\n`);

for (let i = 0; ; i += 1) {
  const body = `${seed}-${i}-`.padEnd(50 + ((i * 7919) % 20_000), "x");
  report(`sent ${sqs.send(arn, body).messageId}`);
  const { Successful } = await call("SendMessageBatch", {
    Entries: [0, 1, 2].map((n) => ({ Id: String(n), MessageBody: `${seed}-${i}-${n}` })),
  });
  for (const { MessageId } of Successful as { MessageId: string }[]) report(`sent ${MessageId}`);

  const { Messages = [] } = await call("ReceiveMessage", { MaxNumberOfMessages: 5 });
  const [first, second] = Messages as { MessageId: string; ReceiptHandle: string }[];
  for (const message of i % 2 === 0 ? [first, second] : [first]) {
    if (!message) continue;
    report(`deleting ${message.MessageId}`);
    await call("DeleteMessage", { ReceiptHandle: message.ReceiptHandle });
    report(`deleted ${message.MessageId}`);
  }
}

import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  type ReceiveMessageCommandInput,
  SendMessageCommand,
  type SendMessageCommandInput,
} from "@aws-sdk/client-sqs";

import { arnOf, startQueues } from "./fixture.ts";

/** Starts a queue, with functions for the requests of a producer and a consumer. */
export async function startQueue(attributes: Record<string, string> = {}) {
  const stage = await startQueues();
  const QueueUrl = stage.make("q", attributes);
  const { client } = stage;
  return {
    ...stage,
    QueueUrl,
    send: (MessageBody: string, input: Partial<SendMessageCommandInput> = {}) =>
      client.send(new SendMessageCommand({ QueueUrl, MessageBody, ...input })),
    receive: async (input: Partial<ReceiveMessageCommandInput> = {}) =>
      (await client.send(new ReceiveMessageCommand({ QueueUrl, ...input }))).Messages ?? [],
    delete: (ReceiptHandle: string | undefined) =>
      client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle })),
    hide: (ReceiptHandle: string | undefined, VisibilityTimeout: number) =>
      client.send(
        new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout }),
      ),
    depth: () => stage.queues.sqs.depth(arnOf("q")),
  };
}

export const bodies = (messages: { Body?: string | undefined }[]) =>
  messages.map(({ Body }) => Body);

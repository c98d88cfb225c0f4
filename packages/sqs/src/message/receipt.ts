import { invalidReceipt } from "../error.ts";
import type { Receipt } from "../store/messages.ts";

/** The receipt handle: an opaque text for one receive of one message. */
export function receiptHandle({ id, messageId, totalReceives }: Receipt, queue: string): string {
  return Buffer.from(`${queue}\n${id}\n${messageId}\n${totalReceives}`).toString("base64");
}

/** Throws `SqsError` `ReceiptHandleIsInvalid` if the text is not a handle of this queue. */
export function parseReceiptHandle(handle: string, queue: string): Receipt {
  const [name, id, messageId, totalReceives, ...rest] = Buffer.from(handle, "base64")
    .toString()
    .split("\n");
  if (
    name !== queue ||
    messageId === undefined ||
    rest.length > 0 ||
    !isCount(id) ||
    !isCount(totalReceives)
  ) {
    throw invalidReceipt(handle);
  }
  return { id: Number(id), messageId, totalReceives: Number(totalReceives) };
}

const isCount = (text: string | undefined) => text !== undefined && /^\d{1,15}$/.test(text);

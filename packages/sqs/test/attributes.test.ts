import { expect, test } from "vitest";

import { attributesMd5, parseMessageAttributes } from "../src/message/attributes.ts";

// Recorded from SQS.
test.each([
  ["ae7155c6026991b6d54b11589678bf9c", { Foo: { DataType: "String", StringValue: "Bar" } }],
  [
    "235c5c510d26fb653d073faed50ae77c",
    { timestamp: { DataType: "Number", StringValue: "1493147359900" } },
  ],
  [
    "8cbe4db156db8a94db8b801b7addb984",
    {
      attr1: {
        DataType: "Binary",
        BinaryValue: Buffer.from(
          "traceparent\u001E00-774062d6c37081a5a0b9b5b88e30627c-2d2482211f6489da-01",
        ).toString("base64"),
      },
    },
  ],
])("computes the digest %s that SQS computes", (md5, attributes) => {
  const parsed = parseMessageAttributes(new Map(Object.entries(attributes)), "user");

  expect(attributesMd5(parsed)).toBe(md5);
});

import fs from "node:fs";
import http from "node:http";

import { GetObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { expect, onTestFinished, test } from "vitest";

import { awsError, evaluate, loadPolicy, verifySignature } from "../src/index.ts";

const linesOf = (text: string) =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("import "));

test("the examples in the README are those of this file", () => {
  const source = linesOf(fs.readFileSync(new URL(import.meta.url), "utf8")).join("\n");
  const readme = fs.readFileSync(new URL("../README.md", import.meta.url), "utf8");
  const examples = [...readme.matchAll(/```ts\n([^]*?)```/g)].map(([, code = ""]) => linesOf(code));

  expect(examples).toHaveLength(2);
  for (const example of examples) expect(source).toContain(example.join("\n"));
});

test("the policy example works", () => {
  const accountId = "111122223333";
  const statement = { Effect: "Allow", Action: "s3:Get*", Resource: "arn:aws:s3:::files/*" };
  const identity = [loadPolicy("reader", { Statement: [statement] }, "identity")];
  const principal = { type: "user", arn: `arn:aws:iam::${accountId}:user/ann`, accountId } as const;
  const read = { principal, action: "s3:GetObject", resource: "arn:aws:s3:::files/a" };
  const { allowed } = evaluate({ ...read, owner: accountId, context: {} }, { identity }); // true

  expect(allowed).toBe(true);
});

test("the signature example works", async () => {
  const server = http.createServer((request, response) => {
    const { method = "GET", url = "/", rawHeaders: headers } = request;
    const credentialOf = () => ({ secretAccessKey: "secret" });
    const result = verifySignature({ method, url, headers }, { credentialOf, now: new Date() });
    const error = result.ok ? undefined : awsError(result, "s3");
    response.writeHead(error?.status ?? 200).end(error?.message);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("the server has no port");

  const statusWith = async (secretAccessKey: string) => {
    const s3 = new S3Client({
      endpoint: `http://127.0.0.1:${address.port}`,
      region: "us-east-1",
      credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey },
      forcePathStyle: true,
    });
    const url = await getSignedUrl(s3, new GetObjectCommand({ Bucket: "files", Key: "a" }));
    const { status } = await fetch(url);
    return status;
  };
  await expect(statusWith("secret")).resolves.toBe(200);
  await expect(statusWith("other")).resolves.toBe(403);
});

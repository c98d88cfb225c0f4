import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { openS3 } from "../src/index.ts";

/*
 * An S3 to be killed or measured: it serves the directory it is given, delivers nothing, and tells its
 * port. Run in a process of its own.
 */
const [dir = ""] = process.argv.slice(2);
const s3 = await openS3({
  dir,
  region: "us-east-1",
  accountId: "000000000000",
  deliver: () => Promise.reject(new Error("There is no queue.")),
});
const caller = { accessKeyId: "AKIATEST", principalId: "AROATEST", sourceIp: "127.0.0.1" };
const server = createServer((request, response) => {
  void s3.handle(request, response, caller, { allows: () => true, maySee: () => true });
});
server.listen(0, "127.0.0.1", () => {
  const address: AddressInfo | string | null = server.address();
  if (address === null || typeof address === "string") throw new Error("No port.");
  process.stdout.write(`${address.port}\n`);
});

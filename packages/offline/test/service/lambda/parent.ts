// A process with one worker, which runs an invocation that does not end.
import { LambdaFunction } from "../../../src/service/lambda/function.ts";
import { openHost } from "./host.ts";

const host = await openHost();
host.bundle(`
  import fs from "node:fs";
  export const handler = async () => {
    fs.writeSync(1, process.pid + "\\n");
    for (;;);
  };`);
const fn = new LambdaFunction(
  { name: "fn", arn: "arn:fn", timeoutSeconds: 900, env: {}, concurrency: 1 },
  host.build,
  { ...host, onLine: (line) => process.stdout.write(`${line}\n`) },
);
// The terminal sends the signal to this process and the worker. The test waits for this line.
process.on("SIGINT", () => process.stdout.write("interrupted\n"));
process.stdout.write(`${JSON.stringify(await fn.invoke("{}"))}\n`);

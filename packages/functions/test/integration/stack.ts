import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { createInterface } from "node:readline";

const root = path.resolve(import.meta.dirname, "../../../..");
const offline = [
  "--disable-warning=ExperimentalWarning",
  path.join(root, "packages/offline/src/main.ts"),
];

/** Runs before the suite: uses the bindings of `sst shell` where they are, and else starts a stack of its own. */
export default async function setup(): Promise<(() => Promise<void>) | undefined> {
  if (process.env["SST_RESOURCE_App"] !== undefined) return undefined;

  const stage = `it-${process.pid}`;
  const child = spawn(
    process.execPath,
    [...offline, "dev", "--json", "--stage", stage, "--port", "0", "--retry-seconds", "0"],
    { cwd: root, stdio: ["ignore", "pipe", "inherit"] },
  );
  const { promise: ready, resolve, reject } = Promise.withResolvers<Record<string, string>>();
  createInterface({ input: child.stdout }).on("line", (line) => {
    const event = JSON.parse(line) as { type: string; env?: Record<string, string> };
    if (event.type === "ready" && event.env) resolve(event.env);
  });
  child.once("exit", (code) => reject(new Error(`the offline stack ended with ${code}`)));
  Object.assign(process.env, await ready);

  return async () => {
    const ended = once(child, "exit");
    child.kill("SIGTERM");
    await ended;
    const remove = spawn(process.execPath, [...offline, "remove", "--stage", stage], { cwd: root });
    await once(remove, "exit");
  };
}

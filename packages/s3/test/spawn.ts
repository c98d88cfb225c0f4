import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const PROCESS = fileURLToPath(new URL("s3-process.ts", import.meta.url));

/** Starts an S3 server in a process of its own, with the buckets that are in the folder. */
export async function spawnS3(dir: string): Promise<{ child: ChildProcess; endpoint: string }> {
  const options = ["--disable-warning=ExperimentalWarning", PROCESS, dir];
  const child = spawn(process.execPath, options, { stdio: ["ignore", "pipe", "inherit"] });
  const [line]: Buffer[] = await once(child.stdout, "data");
  return { child, endpoint: String(line).trim() };
}

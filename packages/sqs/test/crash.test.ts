import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import readline from "node:readline";

import * as fc from "fast-check";
import { expect, test } from "vitest";

import { openSqs } from "../src/index.ts";
import { ACCOUNT, arnOf, REGION, temporaryFolder } from "./fixture.ts";

const WRITER = new URL("./crash-writer.ts", import.meta.url).pathname;

interface Reported {
  sent: Set<string>;
  deleting: Set<string>;
  deleted: Set<string>;
}

/** Runs the writer, and kills it when it has written `lines` lines. */
async function writeAndKill(
  dir: string,
  seed: number,
  lines: number,
  reported: Reported,
): Promise<void> {
  const child = spawn(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", WRITER, dir, String(seed)],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  let left = lines;
  for await (const line of readline.createInterface({ input: child.stdout })) {
    const [verb, id = ""] = line.split(" ");
    if (verb === "sent") reported.sent.add(id);
    if (verb === "deleting") reported.deleting.add(id);
    if (verb === "deleted") reported.deleted.add(id);
    left -= 1;
    if (left === 0) child.kill("SIGKILL");
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  expect(child.signalCode).toBe("SIGKILL");
}

/** Receives all messages and returns their bodies by id. */
async function readAll(dir: string): Promise<Map<string, string>> {
  const sqs = openSqs({ dir, region: REGION, accountId: ACCOUNT });
  const bodies = new Map<string, string>();
  for (const name of ["main", "dead"]) {
    sqs.ensureQueue(name, {});
    for (;;) {
      const { Messages } = await sqs.handle({
        operation: "ReceiveMessage",
        input: { QueueUrl: name, MaxNumberOfMessages: 10, VisibilityTimeout: 600 },
        endpoint: "http://x",
        signal: new AbortController().signal,
      });
      if (!Messages) break;
      for (const { MessageId, Body, MD5OfBody } of Messages as Record<string, string>[]) {
        expect(
          createHash("md5")
            .update(Body ?? "")
            .digest("hex"),
        ).toBe(MD5OfBody);
        expect(bodies.has(MessageId ?? "")).toBe(false);
        bodies.set(MessageId ?? "", Body ?? "");
      }
    }
    expect(sqs.depth(arnOf(name)).visible).toBe(0);
  }
  // Undo the receives.
  sqs.releaseInFlight();
  sqs.close();
  return bodies;
}

test("kill -9 loses no acknowledged message, restores no deleted message and damages none", async () => {
  const rounds = fc.sample(fc.integer({ min: 1, max: 400 }), { numRuns: 6, seed: 20_260_301 });
  const dir = temporaryFolder();
  const reported: Reported = { sent: new Set(), deleting: new Set(), deleted: new Set() };

  for (const [round, lines] of rounds.entries()) {
    await writeAndKill(dir, round, lines, reported);
    const bodies = await readAll(dir);

    const lost = [...reported.sent].filter((id) => !bodies.has(id) && !reported.deleting.has(id));
    const restored = [...reported.deleted].filter((id) => bodies.has(id));
    expect({ lost, restored }).toEqual({ lost: [], restored: [] });
    // A message whose deletion was not acknowledged may exist or not, but does not change later.
    for (const id of reported.deleting) if (!bodies.has(id)) reported.deleted.add(id);
    for (const id of bodies.keys()) reported.sent.add(id);
  }
});

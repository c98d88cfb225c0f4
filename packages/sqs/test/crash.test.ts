import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import readline from "node:readline";

import * as fc from "fast-check";
import { expect, test } from "vitest";

import { openSqs } from "../src/index.ts";
import { ACCOUNT, arnOf, REGION, temporaryFolder } from "./fixture.ts";

const WRITER = new URL("./crash-writer.ts", import.meta.url).pathname;

interface Said {
  sent: Set<string>;
  deleting: Set<string>;
  deleted: Set<string>;
}

/** Runs the writer until it has said so many lines, and kills it there and then. */
async function writeAndKill(dir: string, seed: number, lines: number, said: Said): Promise<void> {
  const child = spawn(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", WRITER, dir, String(seed)],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  let left = lines;
  for await (const line of readline.createInterface({ input: child.stdout })) {
    const [verb, id = ""] = line.split(" ");
    if (verb === "sent") said.sent.add(id);
    if (verb === "deleting") said.deleting.add(id);
    if (verb === "deleted") said.deleted.add(id);
    left -= 1;
    if (left === 0) child.kill("SIGKILL");
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  expect(child.signalCode).toBe("SIGKILL");
}

/** Every message of a queue by id, as a consumer gets it. */
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
  // Reading was no more than a look.
  sqs.releaseInFlight();
  sqs.close();
  return bodies;
}

test("kill -9 at any moment loses no acknowledged message, brings none back and halves none", async () => {
  const rounds = fc.sample(fc.integer({ min: 1, max: 400 }), { numRuns: 6, seed: 20_260_301 });
  const dir = temporaryFolder();
  const said: Said = { sent: new Set(), deleting: new Set(), deleted: new Set() };

  for (const [round, lines] of rounds.entries()) {
    await writeAndKill(dir, round, lines, said);
    const bodies = await readAll(dir);

    const lost = [...said.sent].filter((id) => !bodies.has(id) && !said.deleting.has(id));
    const risen = [...said.deleted].filter((id) => bodies.has(id));
    expect({ lost, risen }).toEqual({ lost: [], risen: [] });
    // What was being deleted when the process died may be either; afterwards it is what it is.
    for (const id of said.deleting) if (!bodies.has(id)) said.deleted.add(id);
    for (const id of bodies.keys()) said.sent.add(id);
  }
});

import { S3Client } from "@aws-sdk/client-s3";
import { SQSClient } from "@aws-sdk/client-sqs";
import { list } from "@waybill/core/catalog";
import { Resource } from "sst";

import { randomFrom } from "../random.ts";
import { Chaos } from "./chaos.ts";
import { compare } from "./compare.ts";
import { drain } from "./drain.ts";
import { Holdings } from "./holdings.ts";
import type { Ledger } from "./ledger.ts";
import type { Machine } from "./machine.ts";
import type { SoakOptions } from "./options.ts";
import { Pace } from "./pace.ts";
import { Passes } from "./passes.ts";
import type { Report } from "./report.ts";
import { makeTraffic } from "./traffic.ts";
import { lossesOf } from "./verify.ts";

/** Far more time than a slow machine needs. */
const patienceMs = (events: number) => 120_000 + events * 20;

/**
 * Runs traffic and faults, ends the faults, waits until every event is processed, and compares bucket and
 * catalog. The bindings of the stack must be in the environment when this module is loaded.
 */
export async function soak(
  { events, keys, seed, calm, lose }: SoakOptions,
  machine: Machine,
  ledger: Ledger,
  progress: (text: string) => void,
): Promise<Report> {
  // The soak itself must know of every attempt: the SDK may not repeat a request.
  const s3 = new S3Client({ maxAttempts: 1 });
  const sqs = new SQSClient({});
  const place = { s3, bucket: Resource.Files.name, machine, holdings: new Holdings() };
  const random = randomFrom(seed);
  const queueUrl = Resource.Events.url;
  const chaos = new Chaos({ machine, random, sqs, queueUrl, total: events, calm, lose });
  const began = performance.now();

  await chaos.prepare();
  const pace = new Pace(machine, queueUrl);
  const passes = lose > 0 ? new Passes(machine, randomFrom(seed + 1)) : undefined;
  let shown = 0;
  const traffic = await makeTraffic(
    {
      events,
      keys,
      seed,
      pace: () => pace.next(),
      onProgress: (done) => {
        chaos.advance(done);
        if (done - shown < events / 20) return;
        shown = done;
        progress(`${done} events sent, ${ledger.processed} outcomes logged`);
      },
    },
    place,
  );
  await chaos.end();
  progress("traffic ended: waiting until every event is processed");
  const queues = { sqs, eventsUrl: queueUrl, deadUrl: Resource.DeadEvents.url };
  const { redriven, unfinished } = await drain(machine, queues, patienceMs(events));
  if (passes) progress("one more pass");
  await passes?.end();
  const seconds = (performance.now() - began) / 1000;

  progress("comparing bucket and catalog");
  const losses = [...traffic.losses, ...(await lossesOf(place))];
  const comparison = await compare({ s3, name: place.bucket }, list);
  return {
    seed,
    seconds,
    traffic: { ...traffic, eventsPerSecond: traffic.events / seconds },
    injected: {
      faults: await machine.faults(),
      workersKilled: chaos.kills,
      stacksKilled: machine.crashes,
    },
    function: {
      outcomes: Object.fromEntries(ledger.outcomes),
      reasons: Object.fromEntries(ledger.reasons),
      maxLagMs: ledger.maxLagMs,
    },
    deadLetters: { redriven },
    passes: passes?.counts,
    problems: { count: ledger.problems, last: ledger.lastProblems },
    stray: ledger.stray,
    losses,
    unfinished,
    comparison,
    peakBytes: { stack: machine.peakBytes, driver: process.resourceUsage().maxRSS * 1024 },
  };
}

// Loads many objects, records them, damages the catalog and the bucket, and repairs them:
//   node --disable-warning=ExperimentalWarning e2e/scale/main.ts 1000000
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";

import { randomFrom } from "../random.ts";
import { removeStage, startStack } from "../stack.ts";
import { damage } from "./damage.ts";
import { fastS3, load, silence } from "./load.ts";
import { type Measured, measure } from "./measure.ts";
import { revisions } from "./revisions.ts";

const objects = Number(process.argv[2] ?? 100_000);
const count = Math.min(1000, Math.floor(objects / 20));
const stage = `scale-${process.pid}`;

const say = (line: string) => process.stderr.write(`${line}\n`);
const row = (name: string, { code, seconds, peakBytes, summary }: Measured) =>
  say(
    `${name}: exit ${code}, ${seconds.toFixed(1)} s, ${Math.round(summary.objects / seconds)} objects/s, ` +
      `${Math.round(peakBytes / 1e6)} MB, ${JSON.stringify(summary)}`,
  );

function expectEqual(what: string, found: unknown, expected: unknown): void {
  if (JSON.stringify(found) === JSON.stringify(expected)) return;
  throw new Error(`${what}: ${JSON.stringify(found)} instead of ${JSON.stringify(expected)}`);
}

const stack = await startStack({ stage });
try {
  Object.assign(process.env, stack.env);
  const { Resource } = await import("sst");
  const s3 = fastS3();
  const dynamodb = DynamoDBDocumentClient.from(new DynamoDBClient({}));
  const place = { s3, dynamodb, bucket: Resource.Files.name, table: Resource.Catalog.name };
  await silence(s3, place.bucket);
  const start = performance.now();
  await load(s3, place.bucket, objects, (done) => say(`${done} objects put`));
  say(`put ${objects} objects in ${((performance.now() - start) / 1000).toFixed(0)} s`);

  const backfill = await measure("backfill", stack.env);
  row("backfill", backfill);
  expectEqual("backfill", [backfill.code, backfill.summary.missing], [0, objects]);
  const first = await measure("verify", stack.env);
  row("verify", first);
  expectEqual("verify", [first.code, first.summary.objects], [0, objects]);

  const damaged = await damage(place, { objects, count, random: randomFrom(1) });
  const expected = [damaged.missing, damaged.ghost, damaged.different];
  const before = await revisions(place, damaged.keys);
  const found = await measure("verify", stack.env);
  row("verify after the damage", found);
  const kinds = ({ summary }: Measured) => [summary.missing, summary.ghost, summary.different];
  expectEqual("found", kinds(found), expected);
  const repaired = await measure("repair", stack.env);
  row("repair", repaired);
  expectEqual("repaired", [repaired.code, ...kinds(repaired)], [0, ...expected]);
  const last = await measure("verify", stack.env);
  row("verify after the repair", last);
  expectEqual("after the repair", [last.code, ...kinds(last)], [0, 0, 0, 0]);
  expectEqual("other records", await revisions(place, damaged.keys), before);
  say("all found, all repaired, nothing else touched");
} finally {
  await stack.stop();
  await removeStage(stage);
}

// `pnpm compat`: evaluates sst.config.ts under SST 3 and SST 4 and compares what they would deploy. The expected
// differences are listed below, with their reasons.
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { isDeepStrictEqual } from "node:util";

import { type Graph, type GraphResource, synthesize } from "@waybill/offline/synth";

import { root } from "./root.ts";

const NEXT = "4.17.1";
const STAGE = "compat";

/** Types that version 7 of the AWS provider, which SST 4 uses, has renamed. */
const RENAMED: Record<string, string> = {
  "aws:s3/bucketV2:BucketV2": "aws:s3/bucket:Bucket",
  "aws:s3/bucketVersioningV2:BucketVersioningV2": "aws:s3/bucketVersioning:BucketVersioning",
  "aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2":
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
};

/** The reasons for inputs that are expected to differ, by type and name. */
const EXPECTED: Record<string, Record<string, string>> = {
  "aws:lambda/eventSourceMapping:EventSourceMapping": {
    functionName: "SST 4 names the function by its ARN",
  },
  "aws:lambda/function:Function": { s3Key: "the zip's hash" },
  "aws:s3/bucketObjectv2:BucketObjectv2": { key: "the zip's hash" },
};

const versionOf = (manifest: string) =>
  (JSON.parse(fs.readFileSync(manifest, "utf8")) as { version: string }).version;

const NOW = versionOf(path.join(root, "node_modules", "sst", "package.json"));

/** Prepares a folder with this app and the next version of SST. Returns its path. */
function prepare(): string {
  const folder = path.join(root, ".cache", "compat");
  fs.mkdirSync(folder, { recursive: true });
  for (const name of ["sst.config.ts", "infra", "packages"]) {
    const link = path.join(folder, name);
    if (!fs.existsSync(link)) fs.symlinkSync(path.join(root, name), link);
  }
  const installed = path.join(folder, "node_modules", "sst", "package.json");
  if (!fs.existsSync(installed) || versionOf(installed) !== NEXT) {
    fs.writeFileSync(path.join(folder, "package.json"), '{ "private": true }\n');
    const args = ["install", "--no-audit", "--no-fund", "--ignore-scripts", `sst@${NEXT}`];
    const { status } = spawnSync("npm", args, { cwd: folder, stdio: ["ignore", 2, 2] });
    if (status !== 0) throw new Error(`npm could not install sst@${NEXT}: see its output above`);
  }
  return folder;
}

const nameOf = (type: string) => RENAMED[type] ?? type;
const idOf = ({ type, name }: GraphResource) => `${nameOf(type)} ${name}`;

/** Describes the expected and the unexpected differences. */
function compare(now: Graph, next: Graph): { expected: Set<string>; unexpected: string[] } {
  const expected = new Set<string>();
  const unexpected: string[] = [];
  const others = new Map(next.resources.map((resource) => [idOf(resource), resource]));
  for (const resource of now.resources) {
    const id = idOf(resource);
    const other = others.get(id);
    others.delete(id);
    if (!other) {
      unexpected.push(`${id}: missing under SST ${NEXT}`);
      continue;
    }
    if (resource.type !== other.type) expected.add(`${resource.type} is named ${other.type}`);
    for (const input of new Set([...Object.keys(resource.inputs), ...Object.keys(other.inputs)])) {
      const [before, after] = [resource.inputs[input], other.inputs[input]];
      if (isDeepStrictEqual(before, after)) continue;
      const reason = EXPECTED[nameOf(resource.type)]?.[input];
      if (reason !== undefined) expected.add(`${nameOf(resource.type)}.${input}: ${reason}`);
      else unexpected.push(`${id}.${input}: ${JSON.stringify(before)} -> ${JSON.stringify(after)}`);
    }
  }
  for (const id of others.keys()) unexpected.push(`${id}: only under SST ${NEXT}`);
  for (const warning of next.warnings) unexpected.push(`SST ${NEXT} warns: ${warning}`);
  return { expected, unexpected };
}

const now = await synthesize({ root, stage: STAGE });
const next = await synthesize({ root: prepare(), stage: STAGE });
const { expected, unexpected } = compare(now, next);
process.stdout.write(
  `${now.resources.length} resources under SST ${NOW}, ${next.resources.length} under ${NEXT}.\n`,
);
for (const line of [...expected].toSorted()) process.stdout.write(`expected: ${line}\n`);
for (const line of unexpected) process.stdout.write(`UNEXPECTED: ${line}\n`);
process.stdout.write(unexpected.length === 0 ? "Ready for SST 4.\n" : "Not ready for SST 4.\n");
process.exitCode = unexpected.length === 0 ? 0 : 1;

import { offlineCommand } from "../ground/runner.ts";
import { printable } from "../ground/print.ts";
import { addressesOf } from "../stack/services.ts";
import type { Stack } from "../stack/stack.ts";
import { DEFAULT_STAGE } from "../stack/stage-files.ts";
import { relocate } from "../synth/bindings.ts";
import type { Graph, Value } from "../synth/graph.ts";
import type { Settings } from "./settings.ts";

/** Longer outputs are cut. */
const OUTPUT_CHARACTERS = 200;

/** Lists names and values in columns. */
function section(title: string, entries: readonly [string, string][]): string[] {
  if (entries.length === 0) return [];
  const width = Math.max(...entries.map(([name]) => name.length));
  return ["", `  ${title}`, ...entries.map(([name, text]) => `    ${name.padEnd(width)}  ${text}`)];
}

/** An output on one line, without the values of secrets. */
function shown(value: Value, { links }: Graph): string {
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? "");
  const secrets = Object.values(links)
    .filter(({ type }) => type === "sst.sst.Secret")
    .flatMap(({ value: secret }) => (typeof secret === "string" && secret !== "" ? [secret] : []));
  const safe = printable(secrets.reduce((all, secret) => all.replaceAll(secret, "[secret]"), text));
  return safe.length > OUTPUT_CHARACTERS ? `${safe.slice(0, OUTPUT_CHARACTERS)}…` : safe;
}

/**
 * What `offline dev` prints when the app is ready: its address, its access key, and commands to
 * paste.
 */
export function readyText(stack: Stack, { hint }: Settings, milliseconds?: number): string {
  const { name, stage } = stack.graph.app;
  const { accessKeyId, secretAccessKey } = stack.owner;
  const [bucket] = stack.plan.buckets;
  const url = new URL(stack.endpoint);
  const time = milliseconds === undefined ? "" : ` in ${(milliseconds / 1000).toFixed(1)} s`;
  // Without `shell --stage`, a command uses the default stage.
  const prefix = stage === DEFAULT_STAGE ? "" : `${offlineCommand(`shell --stage ${stage} --`)} `;
  const declared = stack.plan.declared.map((resource) => `    ${resource}`);
  const addresses = addressesOf(stack.plan, stack.endpoint, stack.graph.accountId);
  const urls = stack.plan.functions.flatMap(({ id, url: own }): [string, string][] =>
    own ? [[id, addresses.get(own.declared) ?? own.declared]] : [],
  );
  const outputs = Object.entries(stack.graph.outputs).map(([output, value]): [string, string] => [
    output,
    shown(relocate(value, addresses), stack.graph),
  ]);
  const lines = [
    "",
    `${name} runs offline, stage "${stage}", ready${time}.`,
    "",
    `  S3 endpoint  ${stack.endpoint}`,
    `  region       ${stack.graph.region}`,
    ...stack.plan.buckets.map((each) => `  bucket       ${each.name}`),
    `  access key   ${accessKeyId}`,
    `  secret key   ${secretAccessKey}`,
    ...(bucket
      ? [
          "",
          "  Put a file, from another terminal in this folder:",
          `    AWS_ACCESS_KEY_ID=${accessKeyId} AWS_SECRET_ACCESS_KEY=${secretAccessKey} aws --endpoint-url ${stack.endpoint} --region ${stack.graph.region} s3 cp README.md s3://${bucket.name}/`,
          "  or, without the aws command:",
          `    curl --aws-sigv4 aws:amz:${stack.graph.region}:s3 --user ${accessKeyId}:${secretAccessKey} -H 'x-amz-content-sha256: UNSIGNED-PAYLOAD' --fail-with-body --upload-file README.md http://${url.host}/${bucket.name}/README.md`,
        ]
      : []),
    ...(hint === undefined ? [] : ["", "  See the result:", `    ${prefix}${hint}`]),
    ...section("Function URLs:", urls),
    ...section("Outputs:", outputs),
    ...(declared.length === 0 ? [] : ["", "  Declared but not run:", ...declared]),
    "",
    `  Ctrl-C stops the app. Its data stays in .offline/${stage}.`,
    "",
  ];
  return `${lines.join("\n")}\n`;
}

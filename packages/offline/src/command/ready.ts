import { offlineCommand } from "../ground/runner.ts";
import type { Stack } from "../stack/stack.ts";
import { DEFAULT_STAGE } from "../stack/stage-files.ts";
import type { Settings } from "./settings.ts";

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
    ...(declared.length === 0 ? [] : ["", "  Declared but not run:", ...declared]),
    "",
    `  Ctrl-C stops the app. Its data stays in .offline/${stage}.`,
    "",
  ];
  return `${lines.join("\n")}\n`;
}

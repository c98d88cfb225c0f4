import path from "node:path";

import { writeAtomically } from "../ground/atomic-file.ts";
import { shellWord } from "../ground/shell.ts";
import { certificateFile } from "../service/appsync/certificate.ts";
import { stageFolder } from "../stack/stage-files.ts";

/** Without them, SST's CLI downloads Pulumi and bun, and reports its use. */
export const WITHOUT_NETWORK: Readonly<Record<string, string>> = {
  SST_SKIP_DEPENDENCY_CHECK: "1",
  SST_NO_BUN: "1",
  SST_TELEMETRY_DISABLED: "1",
};

/**
 * Returns the environment variables with which SST's own CLI uses the offline AWS of a stage, in
 * addition to those of the stage itself (`env`). Writes the program that the CLI then runs as
 * `pulumi`.
 */
export function sstEnvironment(
  root: string,
  stage: string,
  env: Readonly<Record<string, string>>,
): Record<string, string> {
  const folder = stageFolder(root, stage);
  const config = path.join(folder, "config");
  const pulumi = path.join(config, "sst", "bin", "pulumi");
  writePulumi(pulumi);
  return {
    // `sst shell` sets the bindings itself.
    ...Object.fromEntries(
      Object.entries(env).filter(([name]) => !name.startsWith("SST_RESOURCE_")),
    ),
    SST_STAGE: stage,
    ...WITHOUT_NETWORK,
    SST_AWS_NO_PROFILE: "1",
    SST_PULUMI_PATH: pulumi,
    // For `pulumi stack init`, the CLI does not read SST_PULUMI_PATH.
    XDG_CONFIG_HOME: config,
    // `sst dev` receives invocations over TLS.
    SSL_CERT_FILE: certificateFile(folder),
    // `sst dev` runs functions with the `node` in the path.
    PATH: [path.dirname(process.execPath), process.env["PATH"]].join(path.delimiter),
  };
}

function writePulumi(file: string): void {
  // A build has JavaScript beside this file, and each entry in the same folder.
  const extension = path.extname(import.meta.filename);
  const program =
    extension === ".ts"
      ? path.join(import.meta.dirname, "..", "pulumi", "main.ts")
      : path.join(import.meta.dirname, "pulumi.js");
  const words = [process.execPath, "--disable-warning=ExperimentalWarning", program];
  writeAtomically(file, `#!/bin/sh\nexec ${words.map(shellWord).join(" ")} "$@"\n`, 0o700);
}

import { fork } from "node:child_process";
import path from "node:path";

import { OfflineError } from "../ground/error.ts";
import { offlineCommand } from "../ground/runner.ts";
import { ensurePlatform } from "./platform.ts";
import type { EvaluationError, EvaluationRequest } from "./evaluate.ts";
import type { Graph } from "./graph.ts";
import { secretsOf } from "./secret-store.ts";

/** The AWS account ID offline. No real account has it. */
export const ACCOUNT_ID = "000000000000";

export interface SynthOptions {
  /** The folder with `sst.config.ts`. */
  root: string;
  stage: string;
}

/**
 * Evaluates `sst.config.ts` with SST's own components and without AWS, in about two seconds.
 * Returns every resource, function and link that a deployment of the stage would create. Throws
 * `OfflineError`: `synth.config_invalid` and `synth.config_failed` with file and line,
 * `synth.crashed`, and `platform.*` if SST's components cannot be installed.
 */
export async function synthesize({ root, stage }: SynthOptions): Promise<Graph> {
  await ensurePlatform(root);
  const request: EvaluationRequest = {
    root,
    stage,
    work: path.join(root, ".offline", stage, "synth"),
    place: {
      region: process.env["AWS_REGION"] ?? "us-east-1",
      accountId: ACCOUNT_ID,
    },
  };
  // A build has JavaScript beside this file.
  const program = `evaluate${path.extname(import.meta.filename)}`;
  const child = fork(path.join(import.meta.dirname, program), {
    stdio: ["ignore", 2, 2, "ipc"],
    execArgv: ["--disable-warning=ExperimentalWarning"],
    env: { ...secretVariables(root, stage), ...process.env },
  });
  const reply = await new Promise<Graph | EvaluationError>((resolve, reject) => {
    child.once("message", (message) => resolve(message as Graph | EvaluationError));
    child.once("error", reject);
    child.once("exit", (code, signal) =>
      reject(
        new OfflineError(
          "synth.crashed",
          `the process that evaluates sst.config.ts ended without a result (${signal ?? `exit code ${code}`}). ` +
            "Check that the config does not end the process, and does not wait for something that never happens.",
        ),
      ),
    );
    child.send(request);
  });
  if ("error" in reply) throw errorOf(reply.error, stage);
  return reply;
}

/** The variables with which SST's CLI passes secrets to its components. */
const secretVariables = (root: string, stage: string): Record<string, string> =>
  Object.fromEntries(
    Object.entries(secretsOf(root, stage)).map(([name, value]) => [`SST_SECRET_${name}`, value]),
  );

/** SST's own message about a secret without a value names a command of SST. */
function errorOf({ code, message }: EvaluationError["error"], stage: string): OfflineError {
  const missing = /^(.*?: )Set a value for (\w+) with `sst secret set /.exec(message);
  if (!missing) return new OfflineError(code, message);
  const [, place = "", name = ""] = missing;
  const set = offlineCommand(`secret set ${name} <value> --stage ${stage}`);
  return new OfflineError(
    "synth.missing_secret",
    `${place}the secret ${name} has no value in stage "${stage}". Set it with: ${set}`,
  );
}

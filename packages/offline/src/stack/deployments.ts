import fs from "node:fs";
import path from "node:path";

import * as z from "zod";

import { OfflineError } from "../ground/error.ts";
import { JsonFile } from "../ground/json-file.ts";
import type { Graph } from "../synth/graph.ts";
import { ACCOUNT_ID } from "../synth/synthesize.ts";
import { stageFolder } from "./stage-files.ts";

/** What SST's CLI has deployed to a stage, and the ports to which its URLs refer. */
export interface Deployed {
  graph: Graph;
  port: number;
}

const DeploymentFile = z.object({
  port: z.int(),
  graph: z.custom<Graph>(
    (graph) => z.object({ resources: z.array(z.unknown()) }).safeParse(graph).success,
  ),
});

/** The data of a service that every stage has from its first start. */
const hasData = (root: string, stage: string) =>
  fs.existsSync(path.join(stageFolder(root, stage), "sqs"));

const fileOf = (root: string, stage: string) =>
  new JsonFile(path.join(stageFolder(root, stage), "deployment.json"), DeploymentFile);

/** Returns undefined for a stage that SST's CLI does not deploy to. */
export const readDeployed = (root: string, stage: string): Deployed | undefined =>
  fileOf(root, stage).read();

export const writeDeployed = (root: string, stage: string, deployed: Deployed): void =>
  fileOf(root, stage).write(deployed);

/** The graph of a stage to which nothing is deployed. */
export const emptyGraph = (stage: string): Graph => ({
  app: { name: "", stage, removal: "", protect: false, providers: {} },
  region: process.env["AWS_REGION"] ?? "us-east-1",
  accountId: ACCOUNT_ID,
  resources: [],
  functions: [],
  links: {},
  outputs: {},
  sources: [],
  warnings: [],
  deployed: true,
});

/**
 * Throws `OfflineError` (`stage.deployed`, `stage.not_deployed`) if the data of a stage comes from
 * the other way to run an app: physical names differ between `offline dev` and a deployment.
 */
export function checkOrigin(root: string, stage: string, deployable: boolean): void {
  const isDeployed = readDeployed(root, stage) !== undefined;
  if (isDeployed && !deployable) {
    throw new OfflineError(
      "stage.deployed",
      `SST's CLI deploys to the stage "${stage}". Run it with "offline aws --stage ${stage}", or choose another stage with --stage.`,
    );
  }
  if (deployable && !isDeployed && hasData(root, stage)) {
    throw new OfflineError(
      "stage.not_deployed",
      `the stage "${stage}" has the data of "offline dev". Choose another stage with --stage, or delete the data with "offline remove --stage ${stage}".`,
    );
  }
}

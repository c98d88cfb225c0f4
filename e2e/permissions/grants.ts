import { execFile } from "node:child_process";
import { promisify } from "node:util";

import * as z from "zod/mini";

import { offlineCommand, root } from "../stack.ts";

/** A function or a state machine of a stage, and the actions that the policies of its role grant. */
export interface Grants {
  /** The last part of the function's name: `ingest`; `machine` for the state machine. */
  readonly fn: string;
  /** The ARN of its role. */
  readonly role: string;
  readonly actions: readonly string[];
}

const GraphOutput = z.object({
  resources: z.array(z.object({ type: z.string(), state: z.record(z.string(), z.unknown()) })),
});
const Lambda = z.object({ name: z.string(), role: z.string() });
const Machine = z.object({ roleArn: z.string() });
const Role = z.object({
  arn: z.string(),
  inlinePolicies: z.array(z.object({ policy: z.string() })),
});
const Policy = z.object({
  Statement: z.array(z.object({ Action: z.union([z.string(), z.array(z.string())]) })),
});

/** Reads from `offline synth` what the functions and the state machine of a stage are granted. */
export async function grantsOf(stage: string): Promise<Grants[]> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    offlineCommand("synth", "--json", "--stage", stage),
    { cwd: root, maxBuffer: 64 * 1024 * 1024 },
  );
  const { resources } = GraphOutput.parse(JSON.parse(stdout));
  const statesOf = (type: string) =>
    resources.filter((resource) => resource.type === type).map(({ state }) => state);
  const roles = statesOf("aws:iam/role:Role").map((role) => Role.parse(role));
  const functions = statesOf("aws:lambda/function:Function").map((state) => Lambda.parse(state));
  const machines = statesOf("aws:sfn/stateMachine:StateMachine").map((state) => ({
    name: "machine",
    role: Machine.parse(state).roleArn,
  }));
  return [...functions, ...machines].map(({ name, role }) => {
    const policies = roles.find(({ arn }) => arn === role)?.inlinePolicies ?? [];
    const statements = policies.flatMap(({ policy }) => Policy.parse(JSON.parse(policy)).Statement);
    return {
      fn: name.split("-").at(-1) ?? name,
      role,
      actions: statements.flatMap(({ Action }) => Action),
    };
  });
}

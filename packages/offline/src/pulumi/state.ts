import fs from "node:fs";
import path from "node:path";

import { writeAtomically } from "../ground/atomic-file.ts";
import type { Inputs } from "../synth/graph.ts";
import { Secrets } from "./secrets.ts";

/** A resource of a checkpoint, with the names of Pulumi's format (`ResourceV3` of its apitype). */
export interface ResourceState {
  urn: string;
  custom: boolean;
  type: string;
  id?: string;
  inputs: Inputs;
  outputs: Inputs;
  parent?: string;
  /** Whether it was replaced, and is still to be deleted. */
  delete?: boolean;
  /** Whether the app only refers to it. */
  external?: boolean;
  protect?: boolean;
  retainOnDelete?: boolean;
  dependencies?: string[];
  additionalSecretOutputs?: string[];
  created?: string;
  modified?: string;
}

interface Checkpoint {
  version: 3;
  checkpoint: {
    stack: string;
    latest?: {
      manifest: { time: string; magic: string; version: string };
      secrets_providers?: { type: "passphrase"; state: { salt: string } };
      resources?: ResourceState[];
      metadata: object;
    };
  };
}

/** Where `pulumi` keeps the state of a stack: the folder of `PULUMI_BACKEND_URL`. */
export interface Backend {
  folder: string;
  app: string;
  stage: string;
}

const fileOf = ({ folder, app, stage }: Backend) =>
  path.join(folder, ".pulumi", "stacks", app, `${stage}.json`);

/** The state of a stack: its resources, in the order in which they were registered. */
export class State {
  readonly resources: ResourceState[];
  readonly #backend: Backend;
  readonly #secrets: Secrets;

  private constructor(backend: Backend, secrets: Secrets, resources: ResourceState[]) {
    this.#backend = backend;
    this.#secrets = secrets;
    this.resources = resources;
  }

  static init(backend: Backend): void {
    const latest = { manifest: manifest(), metadata: {} };
    write(backend, { version: 3, checkpoint: { stack: nameOf(backend), latest } });
  }

  static read(backend: Backend, passphrase: string): State {
    const { checkpoint } = JSON.parse(fs.readFileSync(fileOf(backend), "utf8")) as Checkpoint;
    const { latest } = checkpoint;
    const secrets = Secrets.open(passphrase, latest?.secrets_providers?.state.salt);
    const resources = (latest?.resources ?? []).map((resource) => ({
      ...resource,
      inputs: secrets.decrypted(resource.inputs ?? {}),
      outputs: secrets.decrypted(resource.outputs ?? {}),
    }));
    return new State(backend, secrets, resources);
  }

  write(resources: readonly ResourceState[]): void {
    const latest = {
      manifest: manifest(),
      secrets_providers: { type: "passphrase" as const, state: { salt: this.#secrets.state } },
      resources: resources.map((resource) => ({
        ...resource,
        inputs: this.#secrets.encrypted(resource.inputs),
        outputs: this.#secrets.encrypted(resource.outputs),
      })),
      metadata: {},
    };
    write(this.#backend, { version: 3, checkpoint: { stack: nameOf(this.#backend), latest } });
  }
}

const manifest = () => ({ time: new Date().toISOString(), magic: "", version: "" });

const nameOf = ({ app, stage }: Backend) => `organization/${app}/${stage}`;

/** SST's CLI reads the file at any time. */
function write(backend: Backend, checkpoint: Checkpoint): void {
  writeAtomically(fileOf(backend), JSON.stringify(checkpoint, null, 2));
}

/** Returns the URN of a resource (Pulumi's "Resource names"), with the types of its parents. */
export function urnOf(
  { app, stage }: { app: string; stage: string },
  type: string,
  name: string,
  parent: string | undefined,
): string {
  const parentType = parent?.split("::")[2];
  const isBelowStack = parentType === undefined || parentType === "pulumi:pulumi:Stack";
  return `urn:pulumi:${stage}::${app}::${isBelowStack ? type : `${parentType}$${type}`}::${name}`;
}

/** The logical name of a resource: the last part of its URN. */
export const nameOfUrn = (urn: string): string => urn.split("::").slice(3).join("::");

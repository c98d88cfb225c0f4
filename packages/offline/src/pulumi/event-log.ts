import fs from "node:fs";

import { type ResourceState } from "./state.ts";
import { redacted } from "./properties.ts";

export type Operation = "same" | "create" | "update" | "replace" | "delete";

/** One step: what is done with a resource. */
export interface Step {
  op: Operation;
  before: ResourceState | undefined;
  after: ResourceState | undefined;
  /** The names of the inputs that differ. */
  diffs: readonly string[];
}

/**
 * The event log that SST's CLI reads while `pulumi` runs: a line of JSON for each event
 * (`EngineEvent` in Pulumi's apitype).
 */
export class EventLog {
  readonly #file: string | undefined;
  #sequence = 0;

  constructor(file: string | undefined) {
    this.#file = file;
  }

  before(step: Step): void {
    this.#write({ resourcePreEvent: { metadata: metadataOf(step) } });
  }

  after(step: Step): void {
    this.#write({ resOutputsEvent: { metadata: metadataOf(step) } });
  }

  failed(step: Step): void {
    this.#write({ resOpFailedEvent: { metadata: metadataOf(step), status: 0, steps: 0 } });
  }

  diagnostic(severity: "info" | "info#err" | "warning" | "error", message: string, urn = ""): void {
    this.#write({ diagnosticEvent: { urn, message: `${message}\n`, color: "never", severity } });
  }

  summary(changes: Record<string, number>, seconds: number, isPreview: boolean): void {
    this.#write({
      summaryEvent: {
        maybeCorrupt: false,
        durationSeconds: Math.round(seconds),
        resourceChanges: changes,
        PolicyPacks: {},
        isPreview,
      },
    });
  }

  #write(event: object): void {
    if (this.#file === undefined) return;
    const entry = {
      sequence: this.#sequence++,
      timestamp: Math.floor(Date.now() / 1000),
      ...event,
    };
    fs.appendFileSync(this.#file, `${JSON.stringify(entry)}\n`);
  }
}

function metadataOf({ op, before, after, diffs }: Step) {
  const { urn, type } = (after ?? before) as ResourceState;
  return {
    op,
    urn,
    type,
    old: before ? stateOf(before) : null,
    new: after ? stateOf(after) : null,
    diffs,
    detailedDiff: Object.fromEntries(
      diffs.map((name) => [name, { diffKind: kindOf(name, before, after), inputDiff: true }]),
    ),
    provider: "",
  };
}

function kindOf(name: string, before?: ResourceState, after?: ResourceState): string {
  if (before?.inputs[name] === undefined) return "add";
  return after?.inputs[name] === undefined ? "delete" : "update";
}

const stateOf = ({ urn, type, custom, id = "", parent = "", inputs, outputs }: ResourceState) => ({
  type,
  urn,
  custom,
  id,
  parent,
  inputs: redacted(inputs),
  outputs: redacted(outputs),
  provider: "",
});

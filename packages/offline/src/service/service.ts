import type { Authority, Denial, ResourcePolicy, Role } from "../edge/authority.ts";
import type { Commands } from "../edge/control.ts";
import type { Keyring } from "../edge/credentials.ts";
import type { Faults } from "../edge/faults.ts";
import type { Front } from "../edge/front.ts";
import type { Endpoint } from "../edge/server.ts";
import type { Addresses } from "../synth/bindings.ts";
import type { Graph, GraphResource } from "../synth/graph.ts";

/** A service of AWS: what it reads from the graph of an app, and how it runs that. */
export interface Service<Plan extends object = object, R extends Running = Running> {
  /** The resource types that it runs, each with the inputs that it ignores. */
  readonly types: Readonly<Record<string, readonly string[]>>;
  /** Reads from a graph what the service has to run. */
  plan(graph: Graph): Plan;
  /** Whether a resource of its types is run. Without it, all of them are. */
  runs?(resource: GraphResource, plan: Plan, graph: Graph): boolean;
  /** Roles whose policies the plan contains. */
  rolesOf?(plan: Plan): readonly Role[];
  /** Local URLs of what the plan describes, by the URL that AWS would give it. */
  addressesOf?(plan: Plan, endpoint: string, accountId: string): readonly [string, string][];
  /** Opens what the service has stored. Services that are listed before it are open already. */
  open(stage: Stage, plan: Plan): R | Promise<R>;
}

/** A service that runs for one stage. */
export interface Running {
  /** Its protocol, if clients can call it. */
  readonly front?: Front;
  /** What else of the edge it answers. */
  readonly endpoint?: Endpoint;
  /** Control commands that it adds to those of the stack. */
  readonly commands?: Commands;
  /** What it adds to the control command `status`. */
  status?(): Record<string, unknown>;
  /** The current policy of a resource of the service, by ARN. */
  policyOf?(resource: string): ResourcePolicy | undefined;
  /** Creates what the plan describes, and updates what exists to it. Data stays. */
  provision?(): void | Promise<void>;
  /** Starts what acts without a request, once requests are answered. */
  start?(): Promise<void>;
  /** Stops what `start` has started, while requests are still answered. Also after `start` has failed. */
  stop?(): Promise<void>;
  /** Closes what `open` has opened, when no requests are answered any more. */
  close?(): void | Promise<void>;
}

/** A stage, as its services see it. */
export interface Stage {
  readonly options: StackOptions;
  readonly graph: Graph;
  /** Where the stage keeps its data. */
  readonly folder: string;
  /** `http://127.0.0.1:4599` */
  readonly endpoint: string;
  readonly addresses: Addresses;
  /** The region and the endpoint, as environment variables of AWS SDKs. */
  readonly environment: Readonly<Record<string, string>>;
  readonly keyring: Keyring;
  readonly authority: Authority;
  readonly faults: Faults;
  /** Another service of the stage, which is listed before the one that asks. */
  readonly running: <R extends Running>(service: Service<object, R>) => R;
}

export interface StackOptions {
  root: string;
  stage: string;
  /** 0: any free port. */
  port: number;
  /** After how many seconds a failed message is received again. */
  retrySeconds: number;
  /** Maximum number of processes for one function, whatever concurrency it declares. */
  workers: number;
  /** Whether event source mappings run. Without them, messages stay in their queues. */
  polling: boolean;
  /** Reports a function that cannot be built, and builds it when it is fixed, instead of failing the start. */
  patient?: boolean;
  onEvent: (event: StackEvent) => void;
}

/** What a stack reports while it runs. */
export type StackEvent =
  | { type: "log"; fn: string; line: string; requestId: string | undefined }
  | { type: "rebuilt"; fn: string; error: string | undefined }
  | ({ type: "denied" } & Denial)
  | { type: "problem"; message: string };

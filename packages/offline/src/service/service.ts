import type { Authority, Denial, ResourcePolicy, Role } from "../edge/authority.ts";
import type { Commands } from "../edge/control.ts";
import type { Credentials, Keyring } from "../edge/credentials.ts";
import type { Faults } from "../edge/faults.ts";
import type { Front } from "../edge/front.ts";
import type { Endpoint } from "../edge/server.ts";
import type { Clock } from "../ground/clock.ts";
import type { Addresses } from "../synth/bindings.ts";
import type { Graph, GraphResource } from "../synth/graph.ts";

/** An AWS service: which resources of an app it runs, and how. */
export interface Service<Plan extends object = object, R extends Running = Running> {
  /** The resource types that it runs, each with the inputs that it ignores. */
  readonly types: Readonly<Record<string, readonly string[]>>;
  /** Returns what the service has to run for a graph. */
  plan(graph: Graph): Plan;
  /** Returns false for a resource of `types` that is not run. The default is that all are run. */
  runs?(resource: GraphResource, plan: Plan, graph: Graph): boolean;
  /** The roles of the plan, with their policies. */
  rolesOf?(plan: Plan): readonly Role[];
  /**
   * The condition keys of the service whose value, or absence, its requirements have as on AWS
   * (Service Authorization Reference): names with white space between them. A name that ends with a
   * slash is a prefix.
   */
  readonly conditionKeys?: string;
  /** Pairs of the URL that a resource would have on AWS, and its local URL. */
  addressesOf?(plan: Plan, endpoint: string, accountId: string): readonly [string, string][];
  /**
   * Whether it belongs to the account, and not to the graph of the stage: it stays open when the
   * stage gets another graph.
   */
  readonly lasts?: true;
  /** Opens the data of the service. The services before it in `SERVICES` are already open. */
  open(stage: Stage, plan: Plan): R | Promise<R>;
}

/** A service that is open for one stage. */
export interface Running {
  /** The protocol of the service, if clients can call it. */
  readonly front?: Front;
  /** Handles requests that are not calls of the service. */
  readonly endpoint?: Endpoint;
  /** Control commands of the service. */
  readonly commands?: Commands;
  /** Returns what the control command `status` reports about the service. */
  status?(): Record<string, unknown>;
  /** Returns the current policy of a resource of the service, by ARN. */
  policyOf?(resource: string): ResourcePolicy | undefined;
  /** Creates or updates the resources of the plan. Keeps their data. */
  provision?(): void | Promise<void>;
  /** Starts background work, such as polling. The edge already handles requests. */
  start?(): Promise<void>;
  /** Stops what `start` has started, even if `start` failed. The edge still handles requests. */
  stop?(): Promise<void>;
  /** Closes what `open` has opened. The edge no longer handles requests. */
  close?(): void | Promise<void>;
}

/** The context in which the services of a stage run. */
export interface Stage {
  readonly options: StackOptions;
  readonly graph: Graph;
  /** The folder with the data of the stage. */
  readonly folder: string;
  /** `http://127.0.0.1:4599` */
  readonly endpoint: string;
  readonly addresses: Addresses;
  /** The environment variables that set the region and the endpoint of AWS SDKs. */
  readonly environment: Readonly<Record<string, string>>;
  /** Credentials of the stage's owner, who may do anything in it. */
  readonly owner: Credentials;
  readonly keyring: Keyring;
  readonly authority: Authority;
  readonly faults: Faults;
  /** Returns a service that comes before the calling one in `SERVICES`. */
  readonly running: <R extends Running>(service: Service<object, R>) => R;
}

export interface StackOptions {
  root: string;
  stage: string;
  /** 0 is any free port. */
  port: number;
  /** Seconds after which a failed message is received again. */
  retrySeconds: number;
  /** Maximum number of processes for one function, even if it declares more. */
  workers: number;
  /** Whether event source mappings poll their queues. */
  polling: boolean;
  /**
   * Whether the stack also starts if a function cannot be built. The error is reported, the
   * previous build is used if there is one, and the function is built again when its code changes.
   */
  tolerateBuildErrors?: boolean;
  /** Whether SST's CLI can deploy to the stack. Its graph is that of the last deployment. */
  deployable?: boolean;
  /** The clock of schedules, which tests replace. */
  clock?: Clock;
  onEvent: (event: StackEvent) => void;
}

/** An event that a running stack reports. */
export type StackEvent =
  | { type: "log"; fn: string; line: string; requestId: string | undefined }
  | { type: "rebuilt"; fn: string; error: string | undefined }
  | ({ type: "denied" } & Denial)
  | { type: "problem"; message: string };

/** A JSON value as Pulumi sends it to its engine. */
export type Value =
  | string
  | number
  | boolean
  | null
  | undefined
  | Value[]
  | { [key: string]: Value };
export type Inputs = { [key: string]: Value };

/** One resource of the app. */
export interface GraphResource {
  /** Pulumi's type token, such as `aws:sqs/queue:Queue`. */
  type: string;
  /** The logical name, unique within its type, such as `EventsQueue`. */
  name: string;
  /** The provider's id: a bucket's or table's name, a queue's URL. */
  id: string;
  /** Whether the app only refers to it, and does not create it. */
  existing: boolean;
  inputs: Inputs;
  /** The inputs, and the attributes that AWS would add, such as `arn`. */
  state: Inputs;
}

/** A request of SST to its bundler: one function. */
export interface GraphFunction {
  /**
   * The name of SST's `Function` component. Its resources are called `<id>Function`, `<id>Role`.
   */
  id: string;
  /** `path/to/file.export`, relative to the app's root. */
  handler: string;
  runtime: string;
  architecture: string;
  /** The `nodejs` property of the component: minify, esbuild, install, … */
  nodejs: Inputs;
  /** The properties of `Resource.<name>` in this function. */
  links: Record<string, Inputs>;
}

/** An evaluated SST app: everything that a deployment would create. */
export interface Graph {
  app: {
    name: string;
    stage: string;
    removal: string;
    protect: boolean;
    providers: Inputs;
  };
  region: string;
  accountId: string;
  resources: GraphResource[];
  functions: GraphFunction[];
  /** The properties of `Resource.<name>` in `sst shell`. */
  links: Record<string, Inputs>;
  /** The value that `run()` of the config returned. */
  outputs: Inputs;
  /** The source files of the config, relative to the root of the app. */
  sources: string[];
  /** The warnings of the evaluation, including deprecations. */
  warnings: string[];
  /** Whether SST's CLI deployed it: its functions then have code in S3, and not sources. */
  deployed?: boolean;
}

/** Returns the resources of one type, ordered by name. */
export function resourcesOf(graph: Graph, type: string): GraphResource[] {
  return graph.resources
    .filter((resource) => resource.type === type)
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

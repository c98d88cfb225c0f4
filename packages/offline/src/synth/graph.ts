/** A JSON value as Pulumi hands it to its engine. */
export type Value =
  | string
  | number
  | boolean
  | null
  | undefined
  | Value[]
  | { [key: string]: Value };
export type Inputs = { [key: string]: Value };

/** One resource of the app, as it would be sent to AWS. */
export interface GraphResource {
  /** Pulumi's type token, such as `aws:sqs/queue:Queue`. */
  type: string;
  /** The logical name, unique within its type, such as `EventsQueue`. */
  name: string;
  /** The provider's id: a bucket's or table's name, a queue's URL. */
  id: string;
  /** It is looked up, not created. */
  existing: boolean;
  inputs: Inputs;
  /** The inputs and what AWS would add: `arn`, `url`. */
  state: Inputs;
}

/** What SST asks its bundler to build for one function. */
export interface GraphFunction {
  /** The name of SST's `Function` component. Its resources are called `<id>Function`, `<id>Role`. */
  id: string;
  /** `path/to/file.export`, relative to the app's root. */
  handler: string;
  runtime: string;
  architecture: string;
  /** The `nodejs` property of the component: minify, esbuild, install, … */
  nodejs: Inputs;
  /** What `Resource.<name>` is to this function. */
  links: Record<string, Inputs>;
}

/** An evaluated SST app: all that a deployment would create, nothing created. */
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
  /** What `Resource.<name>` is to `sst shell`. */
  links: Record<string, Inputs>;
  /** What `run()` of the config returned. */
  outputs: Inputs;
  /** The files of the app that the config is made of, relative to its root. */
  sources: string[];
  /** What was printed as a warning while the config was evaluated, deprecations included. */
  warnings: string[];
}

/** The resources of one type, in the order of their names. */
export function resourcesOf(graph: Graph, type: string): GraphResource[] {
  return graph.resources
    .filter((resource) => resource.type === type)
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

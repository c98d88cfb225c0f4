import type { Graph, GraphFunction, GraphResource, Inputs } from "../src/synth/graph.ts";

const account = "000000000000";

/** A resource of a graph. */
export const resource = (
  type: string,
  name: string,
  { id = name, inputs = {}, state = {} }: { id?: string; inputs?: Inputs; state?: Inputs } = {},
): GraphResource => ({ type, name, id, existing: false, inputs, state: { ...inputs, ...state } });

export const bucket = (name: string): GraphResource =>
  resource("aws:s3/bucketV2:BucketV2", name, { inputs: { bucket: name } });

export const queue = (name: string, inputs: Inputs = {}): GraphResource =>
  resource("aws:sqs/queue:Queue", `${name}Queue`, {
    id: `https://sqs.us-east-1.amazonaws.com/${account}/${name}`,
    inputs,
    state: { name, arn: `arn:aws:sqs:us-east-1:${account}:${name}` },
  });

export const role = (name: string, inputs: Inputs = {}): GraphResource =>
  resource("aws:iam/role:Role", name, {
    inputs: { assumeRolePolicy: '{"Version":"2012-10-17","Statement":[]}', ...inputs },
    state: { arn: `arn:aws:iam::${account}:role/${name}` },
  });

export const fn = (id: string, inputs: Inputs = {}): GraphResource =>
  resource("aws:lambda/function:Function", `${id}Function`, {
    id: `app-${id}`,
    inputs: { role: `arn:aws:iam::${account}:role/${id}Role`, ...inputs },
    state: { arn: `arn:aws:lambda:us-east-1:${account}:function:app-${id}` },
  });

export const source = (id: string, runtime = "nodejs22.x"): GraphFunction => ({
  id,
  handler: "index.handler",
  runtime,
  architecture: "arm64",
  nodejs: {},
  links: {},
});

export const graphOf = (resources: GraphResource[], functions: GraphFunction[] = []): Graph => ({
  app: { name: "app", stage: "test", removal: "remove", protect: false, providers: {} },
  region: "us-east-1",
  accountId: account,
  resources,
  functions,
  links: {},
  outputs: {},
  sources: [],
  warnings: [],
});

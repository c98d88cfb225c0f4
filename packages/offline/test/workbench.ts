import { type Stack, type StackEvent, startStack } from "../src/index.ts";
import { type App, makeApp } from "./app.ts";

const INFRA = `
const files = new sst.aws.Bucket("Files");
const things = new sst.aws.Dynamo("Things", { fields: { pk: "string" }, primaryIndex: { hashKey: "pk" } });
const jobs = new sst.aws.Queue("Jobs");
const common = { handler: "src/tool.handler", runtime: "nodejs22.x", timeout: "20 seconds" };
new sst.aws.Function("Tool", {
  ...common,
  url: true,
  link: [files, things, jobs],
  environment: { GREETING: "hello", JOBS_URL: jobs.url },
});
new sst.aws.Function("Guarded", { ...common, url: { authorization: "iam" } });
`;

/** The path of a request selects the response. */
const TOOL = `
import { Resource } from "sst";
const json = (value) => ({ statusCode: 200, body: JSON.stringify(value) });
export const handler = async (event) => {
  switch (event.rawPath) {
    case "/env": return json(process.env);
    case "/links": return json({ files: Resource.Files.name, jobs: Resource.Jobs.url, app: Resource.App });
    case "/throw": throw new TypeError("on purpose");
    case "/exit": return process.exit(1);
    case "/bad": return { statusCode: "nonsense" };
    case "/text": return "plain";
    case "/binary": return { statusCode: 201, body: event.body, isBase64Encoded: true, headers: { "content-type": "application/octet-stream", "x-own": "1" }, cookies: ["a=1", "b=2"] };
    default: return json(event);
  }
};
`;

/**
 * A running app with a bucket, a table, a queue and two functions with URLs. It runs in this
 * process.
 */
export interface Workbench {
  readonly app: App;
  readonly stack: Stack;
  readonly events: StackEvent[];
  /** The URLs of the functions. */
  readonly url: Record<"Tool" | "Guarded", string>;
  /** Sends a control command. */
  control(command: string, input?: unknown): Promise<unknown>;
  close(): Promise<void>;
}

export async function startWorkbench(): Promise<Workbench> {
  const app = await makeApp({ "infra/app.ts": INFRA, "src/tool.ts": TOOL });
  const events: StackEvent[] = [];
  const stack = await startStack({
    root: app.root,
    stage: "bench",
    port: 0,
    retrySeconds: 0,
    workers: 2,
    polling: true,
    onEvent: (event) => events.push(event),
  });
  const urlOf = (id: string) => {
    const url = stack.plan.functions.find(({ id: own }) => own === id)?.url;
    return `${stack.endpoint}/_url/${url?.urlId ?? ""}`;
  };
  return {
    app,
    stack,
    events,
    url: { Tool: urlOf("Tool"), Guarded: urlOf("Guarded") },
    control: async (command, input) => {
      const response = await fetch(`${stack.endpoint}/_offline/${command}`, {
        method: "POST",
        headers: { "x-offline-token": stack.token },
        body: input === undefined ? "" : JSON.stringify(input),
      });
      if (!response.ok) throw new Error(`${command}: ${response.status} ${await response.text()}`);
      return response.json();
    },
    close: async () => {
      await stack.close();
      app.remove();
    },
  };
}

import fs from "node:fs";
import http from "node:http";
import path from "node:path";

import { OfflineError } from "../ground/error.ts";
import type { GraphFunction, Inputs } from "./graph.ts";

/**
 * A running server, in place of the one that SST's CLI runs for components while it evaluates a
 * config.
 */
export interface CliServer {
  readonly url: string;
  /** The functions that components have built so far. */
  readonly functions: GraphFunction[];
  close(): void;
}

/** In the addresses of repositories that nothing reads. */
const ACCOUNT_ID = "000000000000";

interface BuildInput {
  functionID: string;
  handler: string;
  runtime: string;
  links: Record<string, Inputs>;
  properties: Inputs & { architecture?: string };
}

/**
 * Starts the server. It records the functions that components build, and creates the folders in
 * `work` that a build would fill.
 */
export async function startCliServer(work: string): Promise<CliServer> {
  const functions: GraphFunction[] = [];
  const call = (method: string, input: BuildInput): unknown => {
    switch (method) {
      case "Provider.Aws.Bootstrap":
        return {
          asset: "sst-asset",
          state: "sst-state",
          assetEcrRegistryId: ACCOUNT_ID,
          assetEcrUrl: `${ACCOUNT_ID}.dkr.ecr.us-east-1.amazonaws.com/sst-asset`,
        };
      case "Provider.Aws.Appsync":
        return {
          http: "offline.appsync-api.amazonaws.com",
          realtime: "offline.appsync-realtime-api.amazonaws.com",
        };
      case "Runtime.AddTarget":
        return true;
      case "Runtime.Build": {
        const { architecture = "x86_64", ...nodejs } = input.properties;
        const { functionID: id, handler, runtime, links } = input;
        functions.push({ id, handler, runtime, architecture, nodejs, links });
        const out = path.join(work, "artifacts", `${id}-src`);
        fs.mkdirSync(out, { recursive: true });
        return { handler: `bundle${path.extname(handler)}`, out, errors: [], sourcemaps: [] };
      }
      default:
        throw new OfflineError(
          "synth.unknown_request",
          `a component calls "${method}" of SST's CLI, which offline does not support.`,
        );
    }
  };
  const server = http.createServer((request, response) => {
    // A client of a server that had this port before.
    if (request.method !== "POST" || request.url !== "/rpc") {
      response.writeHead(404, { connection: "close" }).end();
      return;
    }
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { method, params } = JSON.parse(Buffer.concat(chunks).toString()) as {
        method: string;
        params: [BuildInput];
      };
      response.setHeader("content-type", "application/json");
      // An idle connection would keep the process alive.
      response.setHeader("connection", "close");
      try {
        response.end(JSON.stringify({ result: call(method, params[0]) }));
      } catch (error) {
        response.end(JSON.stringify({ result: null, error: (error as Error).message }));
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  server.unref();
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  return { functions, url: `http://127.0.0.1:${address.port}`, close: () => server.close() };
}

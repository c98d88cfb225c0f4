import fs from "node:fs";
import http from "node:http";
import type { AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";

import type { Build } from "../../../src/service/lambda/build.ts";
import type { FunctionHost } from "../../../src/service/lambda/function.ts";
import { RuntimeApi } from "../../../src/service/lambda/runtime-api.ts";
import { ensurePlatform, platformOf } from "../../../src/synth/platform.ts";

const repository = path.resolve(import.meta.dirname, "../../../../..");

/** What functions need to run: SST's runtime, the Runtime API, and a folder with a bundle. */
export interface Host extends FunctionHost {
  readonly build: Build;
  /** The printed lines of functions, with the ids of their requests. */
  readonly lines: { line: string; requestId: string | undefined }[];
  readonly failures: string[];
  /** Writes the module whose `handler` the next workers run. */
  bundle(code: string): void;
  close(): void;
}

export async function openHost(): Promise<Host> {
  await ensurePlatform(repository);
  const out = fs.mkdtempSync(path.join(os.tmpdir(), "offline-function-"));
  const runtimeApi = new RuntimeApi();
  const server = http.createServer((request, response) => {
    if (!runtimeApi.handle(request, response)) response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const lines: Host["lines"] = [];
  const failures: string[] = [];
  return {
    platform: platformOf(repository),
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    runtimeApi,
    onLine: (line, requestId) => lines.push({ line, requestId }),
    onFailure: (error) => failures.push(error),
    build: { out, handler: "bundle.handler" },
    lines,
    failures,
    bundle: (code) => fs.writeFileSync(path.join(out, "bundle.mjs"), code),
    close: () => {
      server.close();
      server.closeAllConnections();
      fs.rmSync(out, { recursive: true, force: true });
    },
  };
}

import { execFile } from "node:child_process";
import { createHash, createHmac } from "node:crypto";
import http from "node:http";

import type { RawRequest } from "../src/sigv4/index.ts";

/** A request as the client sent it, with its body and the hash of the body. */
export interface Captured extends RawRequest {
  bodySha256: string;
  body: Buffer;
}

export interface Capture {
  url: string;
  port: number;
  /** Returns and removes the requests since the last call. */
  take(): Captured[];
  close(): Promise<void>;
}

export const sha256 = (data: string | Buffer): string =>
  createHash("sha256").update(data).digest("hex");

/** The hash interface of the SDK's signer, on Node's implementation. */
export class Sha256 {
  readonly #hash;
  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash("sha256") : createHmac("sha256", bytes(secret));
  }
  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(bytes(data));
  }
  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#hash.digest());
  }
  reset(): void {
    throw new Error("reset() is not supported");
  }
}
const bytes = (data: string | ArrayBuffer | ArrayBufferView): Buffer => {
  if (typeof data === "string") return Buffer.from(data);
  return data instanceof ArrayBuffer
    ? Buffer.from(data)
    : Buffer.from(data.buffer, data.byteOffset, data.byteLength);
};

/**
 * Starts a server that records requests and answers each with success and the ETag that S3 would
 * return.
 */
export async function startCapture(): Promise<Capture> {
  let captured: Captured[] = [];
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = Buffer.concat(chunks);
      captured.push({
        method: request.method ?? "",
        url: request.url ?? "",
        headers: request.rawHeaders,
        bodySha256: sha256(body),
        body,
      });
      response.setHeader("etag", `"${createHash("md5").update(body).digest("hex")}"`);
      const isJson = request.headers["x-amz-target"] !== undefined;
      if (isJson) response.setHeader("content-type", "application/x-amz-json-1.0");
      response.end(isJson ? "{}" : "");
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("the server has no port");
  const { port } = address;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    take() {
      const all = captured;
      captured = [];
      return all;
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

/** Sends a request with the path of the URL unchanged; `fetch` would resolve "a/../b". */
export function sendRaw(
  url: string,
  { method = "GET", headers = {}, body = "" } = {},
): Promise<void> {
  const [, port, target] = /^http:\/\/[^/:]+:(\d+)(\/.*)$/.exec(url) ?? [];
  if (target === undefined)
    return Promise.reject(new Error(`${JSON.stringify(url)} is not a URL of the capture server`));
  return new Promise((resolve, reject) => {
    const request = http.request(
      { host: "127.0.0.1", port, path: target, method, headers },
      (response) => {
        response.resume();
        response.on("end", resolve);
      },
    );
    request.on("error", reject);
    request.end(body);
  });
}

/**
 * Runs a program and returns its output. Ignores the exit code: the tests check only what the
 * program sent.
 */
export function run(
  program: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<string> {
  return new Promise((resolve) => {
    execFile(
      program,
      args,
      { env: { PATH: "/usr/bin:/bin", HOME: "/nonexistent", ...env }, timeout: 30_000 },
      (_error, stdout, stderr) => resolve(`${stdout}${stderr}`),
    );
  });
}

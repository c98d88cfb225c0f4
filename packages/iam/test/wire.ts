import { execFile } from "node:child_process";
import { createHash, createHmac } from "node:crypto";
import http from "node:http";

import type { RawRequest } from "../src/sigv4.ts";

/** What a client sent, byte for byte, with the hash of its body and the body itself. */
export interface Captured extends RawRequest {
  bodySha256: string;
  body: Buffer;
}

export interface Capture {
  url: string;
  port: number;
  /** What was sent since the last call. */
  take(): Captured[];
  close(): Promise<void>;
}

export const sha256 = (data: string | Buffer): string =>
  createHash("sha256").update(data).digest("hex");

/** The hash that the SDK's signer asks for, by Node's own. */
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
    throw new Error("a hash is used once");
  }
}
const bytes = (data: string | ArrayBuffer | ArrayBufferView): Buffer => {
  if (typeof data === "string") return Buffer.from(data);
  return data instanceof ArrayBuffer
    ? Buffer.from(data)
    : Buffer.from(data.buffer, data.byteOffset, data.byteLength);
};

/** A server that remembers what it is sent and says yes to it, with the ETag that S3 would give. */
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

/** Sends a request with the path as it is in the URL; `fetch` would resolve "a/../b". */
export function sendRaw(
  url: string,
  { method = "GET", headers = {}, body = "" } = {},
): Promise<void> {
  const [, port, target] = /^http:\/\/[^/:]+:(\d+)(\/.*)$/.exec(url) ?? [];
  if (target === undefined)
    return Promise.reject(new Error(`${JSON.stringify(url)} is no URL of ours`));
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

/** Runs a program to its end. Whether it likes our answers is not the question, so its exit code is not looked at. */
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

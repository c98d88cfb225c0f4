import http from "node:http";
import type { AddressInfo } from "node:net";

/** What a client sent. */
export interface Captured {
  headers: http.IncomingHttpHeaders;
  body: Buffer;
}

export interface Capture {
  url: string;
  /** Returns what was sent since the last call. */
  take(): Captured[];
  close(): Promise<void>;
}

/** Starts a server that records each request and answers `{}`. */
export async function startCapture(): Promise<Capture> {
  const captured: Captured[] = [];
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      captured.push({ headers: request.headers, body: Buffer.concat(chunks) });
      response.setHeader("content-type", "application/x-amz-json-1.0").end("{}");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    take: () => captured.splice(0),
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

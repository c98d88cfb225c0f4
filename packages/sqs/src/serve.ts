import http from "node:http";
import type { AddressInfo } from "node:net";

import { SqsError } from "./error.ts";
import type { Sqs } from "./index.ts";
import { parseSqsRequest, renderSqsResponse } from "./protocol.ts";

/** The smallest edge that SQS can stand behind. */
export interface TestServer {
  endpoint: string;
  /** How many requests are not answered yet, nor given up. */
  readonly open: number;
  close(): Promise<void>;
}

export async function serve(sqs: () => Sqs): Promise<TestServer> {
  let endpoint = "";
  let open = 0;
  const answer = async (request: http.IncomingMessage, response: http.ServerResponse) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const gone = new AbortController();
    open += 1;
    response.once("close", () => {
      open -= 1;
      gone.abort();
    });
    try {
      const { operation, input, protocol } = parseSqsRequest(
        request.headers,
        request.url ?? "/",
        Buffer.concat(chunks),
      );
      const output = await sqs()
        .handle({ operation, input, endpoint, signal: gone.signal })
        .catch((error: unknown) => {
          if (error instanceof SqsError) return error;
          throw error;
        });
      const rendered = renderSqsResponse(protocol, operation, output, "00000000-test");
      response.writeHead(rendered.status, rendered.headers).end(rendered.body);
    } catch (error) {
      if (!(error instanceof SqsError)) throw error;
      const rendered = renderSqsResponse("json", "Unknown", error, "00000000-test");
      response.writeHead(rendered.status, rendered.headers).end(rendered.body);
    }
  };
  const server = http.createServer((request, response) => {
    answer(request, response).catch((error: unknown) => response.destroy(asError(error)));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  endpoint = `http://127.0.0.1:${port}`;
  return {
    endpoint,
    get open() {
      return open;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const asError = (error: unknown) => (error instanceof Error ? error : new Error(String(error)));

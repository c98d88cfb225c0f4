import type { IncomingMessage, ServerResponse } from "node:http";

import type { LambdaFunction } from "./function.ts";

/** A function URL: where it is, and the function behind it. */
export interface FunctionUrl {
  urlId: string;
  fn: LambdaFunction;
  /** `AWS_IAM` or `NONE`. */
  authorization: string;
  accountId: string;
}

interface UrlResponse {
  statusCode?: number;
  headers?: Record<string, string>;
  cookies?: string[];
  body?: string;
  isBase64Encoded?: boolean;
}

const PATH = /^\/_url\/([0-9a-f]+)(\/[^?]*)?(?:\?(.*))?$/;

/** Function URLs, below `/_url/<id>` of the edge: events and answers in payload format 2.0. */
export class FunctionUrls {
  readonly #urls = new Map<string, FunctionUrl>();

  add(url: FunctionUrl): void {
    this.#urls.set(url.urlId, url);
  }

  find(path: string): FunctionUrl | undefined {
    return this.#urls.get(PATH.exec(path)?.[1] ?? "");
  }

  /** Calls the function and sends what it answers; 502 when it fails. */
  async handle(
    url: FunctionUrl,
    request: IncomingMessage,
    response: ServerResponse,
    body: Buffer,
  ): Promise<void> {
    const [, , path = "/", query = ""] = PATH.exec(request.url ?? "") ?? [];
    const outcome = await url.fn.invoke(JSON.stringify(eventOf(request, url, path, query, body)));
    if (!outcome.ok) {
      response.writeHead(502, { "content-type": "application/json" });
      response.end(JSON.stringify({ Message: "Internal Server Error" }));
      return;
    }
    const answer = parse(outcome.payload);
    response.statusCode = answer.statusCode ?? 200;
    for (const [name, value] of Object.entries(answer.headers ?? {}))
      response.setHeader(name, value);
    if (answer.cookies) response.setHeader("set-cookie", answer.cookies);
    response.end(
      Buffer.from(answer.body ?? "", answer.isBase64Encoded === true ? "base64" : "utf8"),
    );
  }
}

/** What has no `statusCode` is itself the body, as JSON (Lambda's guide, "Response payload format"). */
function parse(payload: string): UrlResponse {
  const value: unknown = payload === "" ? null : JSON.parse(payload);
  return value !== null && typeof value === "object" && "statusCode" in value
    ? (value as UrlResponse)
    : { statusCode: 200, headers: { "content-type": "application/json" }, body: payload };
}

function eventOf(
  request: IncomingMessage,
  url: FunctionUrl,
  path: string,
  query: string,
  body: Buffer,
) {
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(",") : (value ?? ""),
    ]),
  );
  const parameters: Record<string, string> = {};
  for (const [name, value] of new URLSearchParams(query)) {
    parameters[name] = name in parameters ? `${parameters[name]},${value}` : value;
  }
  const now = new Date();
  const textual = /^(text\/|application\/(json|xml|x-www-form-urlencoded|javascript))/.test(
    headers["content-type"] ?? "text/",
  );
  const { cookie, ...rest } = headers;
  return {
    version: "2.0",
    routeKey: "$default",
    rawPath: decodeURI(path),
    rawQueryString: query,
    ...(cookie === undefined ? {} : { cookies: cookie.split("; ") }),
    headers: rest,
    ...(Object.keys(parameters).length > 0 ? { queryStringParameters: parameters } : {}),
    requestContext: {
      accountId: url.accountId,
      apiId: url.urlId,
      domainName: headers["host"] ?? "",
      domainPrefix: url.urlId,
      http: {
        method: request.method,
        path,
        protocol: `HTTP/${request.httpVersion}`,
        sourceIp: request.socket.remoteAddress ?? "127.0.0.1",
        userAgent: headers["user-agent"] ?? "",
      },
      requestId: crypto.randomUUID(),
      routeKey: "$default",
      stage: "$default",
      time: now.toISOString(),
      timeEpoch: now.getTime(),
    },
    ...(body.length > 0
      ? { body: body.toString(textual ? "utf8" : "base64"), isBase64Encoded: !textual }
      : { isBase64Encoded: false }),
  };
}

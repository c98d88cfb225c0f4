import { isUtf8 } from "node:buffer";
import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";

/** What the events of a function URL say about the URL. */
export interface UrlIdentity {
  urlId: string;
  /** `AWS_IAM` or `NONE`. */
  authorization: string;
  accountId: string;
}

/** The types of bodies that are passed as text if they are UTF-8. Others are passed in Base64. */
const TEXT_TYPE =
  /^(?:text\/.*|application\/(?:.+\+)?(?:json|xml)|application\/javascript)(?:;|$)/i;

/**
 * Returns the event for a request to a function URL, in payload format 2.0 (Lambda Developer Guide,
 * "Request payload format"). The path is not decoded, unlike in API Gateway. `target` is the raw
 * `/path?query` after the id of the URL.
 */
export function urlEvent(url: UrlIdentity, request: IncomingMessage, target: string, body: Buffer) {
  const [, path = "", query = ""] = /^([^?]*)\??(.*)$/s.exec(target) ?? [];
  const rawPath = path === "" ? "/" : path;
  const { cookie, ...headers } = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, String(value ?? "")]),
  );
  const parameters = parametersOf(new URLSearchParams(query));
  const now = new Date();
  return {
    version: "2.0",
    routeKey: "$default",
    rawPath,
    rawQueryString: query,
    ...(cookie === undefined ? {} : { cookies: cookie.split(/; */) }),
    headers,
    ...(Object.keys(parameters).length > 0 ? { queryStringParameters: parameters } : {}),
    requestContext: {
      accountId: url.authorization === "AWS_IAM" ? url.accountId : "anonymous",
      apiId: url.urlId,
      domainName: headers["host"] ?? "",
      domainPrefix: url.urlId,
      http: {
        method: request.method,
        path: rawPath,
        protocol: `HTTP/${request.httpVersion}`,
        sourceIp: request.socket.remoteAddress ?? "127.0.0.1",
        userAgent: headers["user-agent"] ?? "",
      },
      requestId: randomUUID(),
      routeKey: "$default",
      stage: "$default",
      time: logFormat(now),
      timeEpoch: now.getTime(),
    },
    ...bodyOf(body, headers["content-type"] ?? "text/plain"),
  };
}

function bodyOf(body: Buffer, contentType: string): { body?: string; isBase64Encoded: boolean } {
  if (body.length === 0) return { isBase64Encoded: false };
  const isBase64Encoded = !TEXT_TYPE.test(contentType) || !isUtf8(body);
  return { body: body.toString(isBase64Encoded ? "base64" : "utf8"), isBase64Encoded };
}

/** Returns the parameters. Several values of one parameter are joined by commas. */
function parametersOf(query: URLSearchParams): Record<string, string> {
  return Object.fromEntries([...query.keys()].map((name) => [name, query.getAll(name).join(",")]));
}

/** Returns a time in the Common Log Format: `12/Mar/2026:19:03:58 +0000`. */
function logFormat(time: Date): string {
  const [, day, month, year, clock] =
    /^\w+, (\d+) (\w+) (\d+) ([\d:]+)/.exec(time.toUTCString()) ?? [];
  return `${day}/${month}/${year}:${clock} +0000`;
}

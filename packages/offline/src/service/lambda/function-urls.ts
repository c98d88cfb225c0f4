import type { IncomingMessage } from "node:http";

import type { HttpResponse } from "../../edge/front.ts";
import { OfflineError } from "../../ground/error.ts";
import { type Cors, isPreflight, preflightResponse, withCors } from "./cors.ts";
import type { LambdaFunction } from "./function.ts";
import { urlResponse } from "./url-response.ts";
import { urlEvent, type UrlIdentity } from "./url-event.ts";

/** A function URL and its function. */
export interface FunctionUrl extends UrlIdentity {
  cors: Cors | undefined;
  fn: LambdaFunction;
}

/** The prefix of the path of a function URL, `/_url/<id>`. */
export const URL_PATH = "/_url/";

const PATH = new RegExp(`^${URL_PATH}([0-9a-f]+)(?=[/?]|$)`);

/** The response if the function fails, as on AWS. */
const FAILED: HttpResponse = {
  status: 502,
  headers: { "content-type": "application/json" },
  body: "Internal Server Error",
};

/** The function URLs of a stage. */
export class FunctionUrls {
  readonly #urls = new Map<string, FunctionUrl>();

  add(url: FunctionUrl): void {
    this.#urls.set(url.urlId, url);
  }

  /** Returns the function URL of a request, by its raw path. */
  find(path: string): FunctionUrl | undefined {
    return this.#urls.get(PATH.exec(path)?.[1] ?? "");
  }
}

/** Invokes the function of a URL and returns its response, or status 502 if it fails. */
export async function callUrl(
  url: FunctionUrl,
  request: IncomingMessage,
  body: Buffer,
): Promise<HttpResponse> {
  const response = await invoke(url, request, body);
  return url.cors ? withCors(url.cors, request, response) : response;
}

/** Returns the answer to a preflight request for a URL with CORS, which does not invoke its function. */
export function preflightOf(
  url: FunctionUrl | undefined,
  request: IncomingMessage,
): HttpResponse | undefined {
  if (url?.cors === undefined || !isPreflight(request)) return undefined;
  return { ...preflightResponse(url.cors, request), status: 200 };
}

async function invoke(
  url: FunctionUrl,
  request: IncomingMessage,
  body: Buffer,
): Promise<HttpResponse> {
  const event = urlEvent(url, request, (request.url ?? "").replace(PATH, ""), body);
  const outcome = await url.fn.invoke(JSON.stringify(event));
  if (!outcome.ok) return FAILED;
  try {
    return urlResponse(outcome.payload);
  } catch (error) {
    if (!(error instanceof OfflineError)) throw error;
    url.fn.report(error.message);
    return FAILED;
  }
}

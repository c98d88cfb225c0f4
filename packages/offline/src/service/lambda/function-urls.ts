import type { IncomingMessage } from "node:http";

import type { Answer } from "../../edge/front.ts";
import { OfflineError } from "../../ground/error.ts";
import type { LambdaFunction } from "./function.ts";
import { urlAnswer } from "./url-answer.ts";
import { urlEvent, type UrlIdentity } from "./url-event.ts";

/** A function URL, and the function that it calls. */
export interface FunctionUrl extends UrlIdentity {
  fn: LambdaFunction;
}

/** Where function URLs are, below the edge: `/_url/<id>`. */
export const URL_PATH = "/_url/";

const PATH = new RegExp(`^${URL_PATH}([0-9a-f]+)(?=[/?]|$)`);

/** What a function URL answers when the function fails, in AWS's words. */
const FAILED: Answer = {
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

  /** Finds the function URL of a raw request path. */
  find(path: string): FunctionUrl | undefined {
    return this.#urls.get(PATH.exec(path)?.[1] ?? "");
  }
}

/** Calls the function, and returns what it answers; 502 if it fails. */
export async function callUrl(
  url: FunctionUrl,
  request: IncomingMessage,
  body: Buffer,
): Promise<Answer> {
  const event = urlEvent(url, request, (request.url ?? "").replace(PATH, ""), body);
  const outcome = await url.fn.invoke(JSON.stringify(event));
  if (!outcome.ok) return FAILED;
  try {
    return urlAnswer(outcome.payload);
  } catch (error) {
    if (!(error instanceof OfflineError)) throw error;
    url.fn.report(error.message);
    return FAILED;
  }
}

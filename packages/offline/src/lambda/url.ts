import type { IncomingMessage, ServerResponse } from "node:http";

import { OfflineError } from "../error.ts";
import type { LambdaFunction } from "./function.ts";
import { type UrlAnswer, urlAnswer } from "./url-answer.ts";
import { urlEvent, type UrlIdentity } from "./url-event.ts";

/** A function URL: where it is, and the function behind it. */
export interface FunctionUrl extends UrlIdentity {
  fn: LambdaFunction;
}

const PATH = /^\/_url\/([0-9a-f]+)(?=[/?]|$)/;

/** What a function's URL answers when the function fails, in AWS's words. */
const FAILED: UrlAnswer = {
  status: 502,
  headers: { "content-type": "application/json" },
  body: Buffer.from("Internal Server Error"),
};

/** Function URLs, below `/_url/<id>` of the edge. */
export class FunctionUrls {
  readonly #urls = new Map<string, FunctionUrl>();

  add(url: FunctionUrl): void {
    this.#urls.set(url.urlId, url);
  }

  /** @param target the path of a request, raw. */
  find(target: string): FunctionUrl | undefined {
    return this.#urls.get(PATH.exec(target)?.[1] ?? "");
  }

  /** Calls the function and sends what it answers; 502 when it fails. */
  async handle(
    url: FunctionUrl,
    request: IncomingMessage,
    response: ServerResponse,
    body: Buffer,
  ): Promise<void> {
    const event = urlEvent(url, request, (request.url ?? "").replace(PATH, ""), body);
    const outcome = await url.fn.invoke(JSON.stringify(event));
    const answer = outcome.ok ? answerOf(url.fn, outcome.payload) : FAILED;
    const { status, headers, body: content } = answer;
    response.writeHead(status, { ...headers, "content-length": content.length });
    response.end(content);
  }
}

function answerOf(fn: LambdaFunction, payload: string): UrlAnswer {
  try {
    return urlAnswer(payload);
  } catch (error) {
    if (!(error instanceof OfflineError)) throw error;
    fn.report(error.message);
    return FAILED;
  }
}

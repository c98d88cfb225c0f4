import type { IncomingMessage, ServerResponse } from "node:http";

import type { Caller, SignatureFailure } from "./caller.ts";
import type { InjectedError } from "./faults.ts";
import type { Derivation } from "./requirement.ts";

/** One request and the response to it. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** A whole response. */
export interface Answer {
  status: number;
  headers: Record<string, string | string[]>;
  body: string | Buffer;
}

/** How the edge recognizes the requests for a service: AWS tells services apart by host, and here all have the same. */
export interface Route {
  /** How the path begins. */
  readonly path?: string;
  /** How the header `X-Amz-Target` begins. */
  readonly target?: string;
  /** The service in the scope of the credential. */
  readonly signedFor?: string;
  /** Whether it receives the unsigned requests that no other service recognizes. */
  readonly unsigned?: true;
}

/** Why the edge answers a request instead of the service. */
export type Problem =
  | { kind: "too_large"; maxBytes: number }
  | { kind: "signature"; failure: SignatureFailure }
  | { kind: "denied"; message: string }
  | { kind: "fault"; fault: InjectedError };

/** The protocol of one service: everything that the edge must know to authorize, count and disturb its requests. */
export interface Front {
  /** As the meter and fault rules name the service, and the prefix of its IAM actions. */
  readonly name: string;
  /** As people call it. */
  readonly title: string;
  readonly route: Route;
  /** What its requests are signed for. */
  readonly signingName: string;
  /** Largest body; undefined for a service that reads the body itself. */
  readonly maxBodyBytes: number | undefined;
  /** Whether the request needs no caller, so that its headers are not read as a signature. */
  isPublic?(request: IncomingMessage): boolean;
  /** Reads a request. Returns an answer for a request that the service cannot read. */
  parse(request: IncomingMessage, body: Buffer): Call | Answer;
  /** Writes a problem as the service does. */
  errorResponse(problem: Problem, request: IncomingMessage): Answer;
}

/** One request that its front has understood. */
export interface Call {
  /** As AWS names it, such as `PutObject`. */
  readonly operation: string;
  /** The permissions that it needs before it is performed. A service may check more while it performs it. */
  readonly needs: Derivation;
  /** What a fault rule can match. */
  readonly text: () => string;
  /** Performs it. Returns undefined if the service has written the response. */
  perform(caller: Caller, exchange: Exchange): Promise<Answer | undefined>;
}

import type { IncomingMessage, ServerResponse } from "node:http";

import type { Caller, SignatureFailure } from "./caller.ts";
import type { InjectedError } from "./faults.ts";
import type { Derivation } from "./requirement.ts";

/** One request and the response to it. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** A response in memory. */
export interface HttpResponse {
  status: number;
  headers: Record<string, string | string[]>;
  body: string | Buffer;
}

/** How the edge recognizes the requests for a service. AWS uses the host; offline has only one. */
export interface Route {
  /** Prefix of the path. */
  readonly path?: string;
  /** Prefix of the header `X-Amz-Target`. */
  readonly target?: string;
  /** The service name in the credential scope of the signature. */
  readonly signedFor?: string;
  /** Whether the service receives the unsigned requests that no other service recognizes. */
  readonly unsigned?: true;
}

/** Why the edge returns an error response, without calling the service. */
export type Problem =
  | { kind: "too_large"; maxBytes: number }
  | { kind: "signature"; failure: SignatureFailure }
  | { kind: "denied"; message: string }
  | { kind: "fault"; fault: InjectedError };

/** The protocol of one service: what the edge needs to authorize its requests and call it. */
export interface Front {
  /** The name in the meter and in fault rules, and the prefix of the IAM actions. */
  readonly name: string;
  /** The name in messages. */
  readonly title: string;
  readonly route: Route;
  /** The service name that signatures must have. */
  readonly signingName: string;
  /** Maximum size of a request body; undefined for a service that reads the body itself. */
  readonly maxBodyBytes: number | undefined;
  /** Returns true for a request that needs no signature; its caller is anonymous. */
  isPublic?(request: IncomingMessage): boolean;
  /** Returns an error response for a request that the service cannot read. */
  parse(request: IncomingMessage, body: Buffer): Call | HttpResponse;
  /** Returns a problem as an error response of the service. */
  errorResponse(problem: Problem, request: IncomingMessage): HttpResponse;
}

/** A parsed request. */
export interface Call {
  /** AWS's name of the operation, such as `PutObject`. */
  readonly operation: string;
  /** The permissions that are checked before `perform`, which can check more. */
  readonly needs: Derivation;
  /** The text in which a fault rule searches for its `match`. */
  readonly text: () => string;
  /** Performs the operation. Returns undefined if the service has written the response. */
  perform(caller: Caller, exchange: Exchange): Promise<HttpResponse | undefined>;
}

import { derive } from "../identity/derive/index.ts";
import { SqsError } from "../sqs/error.ts";
import { parseSqsRequest, renderSqsResponse } from "../sqs/protocol.ts";
import { readBody } from "./body.ts";
import { identify } from "./caller.ts";
import { type Behind, disturb, type Exchange, meter, send } from "./exchange.ts";
import { refuse } from "./refusal.ts";

const DENIED = "com.amazonaws.sqs#AccessDenied";

/** Hands a request to SQS, if its caller may do all that it asks for. */
export async function toSqs(behind: Behind, exchange: Exchange): Promise<void> {
  const { request, response } = exchange;
  const body = await readBody(request);
  if (!body) return send(response, refuse("sqs", 413, "RequestEntityTooLarge", "over 16 MB"));
  const caller = identify(request, "sqs", behind.keyring, body);
  if ("refusal" in caller) return send(response, caller.refusal);
  const requestId = crypto.randomUUID();
  const parsed = orSqsError(() => parseSqsRequest(request.headers, request.url ?? "/", body));
  if (parsed instanceof SqsError) {
    return send(response, renderSqsResponse("json", "Unknown", parsed, requestId));
  }
  const { operation, input, protocol } = parsed;
  meter(behind, exchange, caller, "sqs", operation);

  const derived = derive({ target: `AmazonSQS.${operation}`, body: input }, behind, behind.sqs);
  const refused = derived.ok
    ? behind.authority.refuses(caller.principal, derived.requirements, {
        "aws:SourceIp": caller.sourceIp,
      })
    : { message: derived.problem };
  if (refused) return send(response, refuse("sqs", 403, DENIED, refused.message));

  const text = () => body.toString();
  const disturbance = disturb(behind, exchange, caller, "sqs", operation, text);
  if (disturbance === "done") return undefined;
  const gone = new AbortController();
  response.once("close", () => gone.abort());
  const { endpoint, sqs } = behind;
  const output = await sqs
    .handle({ operation, input, endpoint, signal: gone.signal, senderId: caller.name })
    .catch((error: unknown) => {
      if (error instanceof SqsError) return error;
      throw error;
    });
  if (disturbance === "lost") {
    request.socket.destroy();
    return undefined;
  }
  return send(response, renderSqsResponse(protocol, operation, output, requestId));
}

function orSqsError<T>(call: () => T): T | SqsError {
  try {
    return call();
  } catch (error) {
    if (error instanceof SqsError) return error;
    throw error;
  }
}

import { derive } from "../identity/derive/index.ts";
import { SqsError } from "@waybill/sqs";
import { parseSqsRequest, protocolOf, renderSqsResponse } from "@waybill/sqs";
import { readBody } from "./body.ts";
import { identify } from "./caller.ts";
import { type Behind, disturb, type Exchange, meter, send } from "./exchange.ts";
import { refuse } from "./refusal.ts";

/** Hands a request to SQS, if its caller may do all that it asks for. */
export async function toSqs(behind: Behind, exchange: Exchange): Promise<void> {
  const { request, response } = exchange;
  const url = request.url ?? "/";
  const body = await readBody(request);
  if (!body) return send(response, refuse("sqs", 413, "RequestEntityTooLarge", "over 16 MB"));
  const requestId = crypto.randomUUID();
  const spoken = protocolOf(request.headers, url);
  const answer = (error: SqsError) =>
    send(response, renderSqsResponse(spoken, "Unknown", error, requestId));
  const caller = identify(request, "sqs", behind.keyring, body, spoken);
  if ("refusal" in caller) {
    const { code, message, status } = caller.refusal;
    return spoken === "query"
      ? answer(new SqsError(code, message, { status }))
      : send(response, refuse("sqs", status, code, message));
  }
  const parsed = orSqsError(() => parseSqsRequest(request.headers, url, body));
  if (parsed instanceof SqsError) return answer(parsed);
  const { operation, input, protocol } = parsed;
  meter(behind, exchange, caller, "sqs", operation);

  const derived = derive({ target: `AmazonSQS.${operation}`, body: input }, behind, behind.sqs);
  const { authority } = behind;
  const refused = derived.ok
    ? authority.refuses(caller.principal, derived.requirements, {
        "aws:SourceIp": caller.sourceIp,
      })
    : authority.refusesUnknown(caller.principal, `sqs:${operation}`, derived.problem);
  if (refused) return answer(new SqsError("AccessDenied", refused.message, { status: 403 }));

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

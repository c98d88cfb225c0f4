import { derive } from "../identity/derive/index.ts";
import { readBody } from "./body.ts";
import { identify } from "./caller.ts";
import { type Behind, disturb, type Exchange, meter, send } from "./exchange.ts";
import { refuse } from "./refusal.ts";

const DENIED = "com.amazon.coral.service#AccessDeniedException";

/** Hands a request to DynamoDB, if its caller may do all that it asks for. */
export async function toDynamo(behind: Behind, exchange: Exchange): Promise<void> {
  const { request, response } = exchange;
  const body = await readBody(request);
  if (!body) return send(response, refuse("dynamodb", 413, "RequestEntityTooLarge", "over 16 MB"));
  const caller = identify(request, "dynamodb", behind.keyring, body);
  if ("refusal" in caller) {
    const { status, code, message } = caller.refusal;
    return send(response, refuse("dynamodb", status, code, message));
  }
  const target = String(request.headers["x-amz-target"] ?? "");
  const operation = target.split(".")[1] ?? "Unknown";
  meter(behind, exchange, caller, "dynamodb", operation);

  const derived = derive({ target, body: parse(body) }, behind);
  const { authority } = behind;
  const refused = derived.ok
    ? authority.refuses(caller.principal, derived.requirements, {
        "aws:SourceIp": caller.sourceIp,
      })
    : authority.refusesUnknown(caller.principal, `dynamodb:${operation}`, derived.problem);
  if (refused) return send(response, refuse("dynamodb", 400, DENIED, refused.message));

  const text = () => body.toString();
  const disturbance = disturb(behind, exchange, caller, "dynamodb", operation, text);
  if (disturbance === "done") return undefined;
  const answer = await behind.dynamo.handle(target, body);
  if (disturbance === "lost") {
    request.socket.destroy();
    return undefined;
  }
  return send(response, answer);
}

/** @returns nothing for what is no JSON: it derives nothing, and is refused as unknown. */
function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    return undefined; // no JSON
  }
}

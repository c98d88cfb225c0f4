import { identify } from "./caller.ts";
import { type Behind, disturb, type Exchange, meter, send } from "./exchange.ts";
import { s3OperationOf } from "./s3-operation.ts";

/** Hands a request to S3, which asks back for each action that the request turns out to need. */
export async function toS3(behind: Behind, exchange: Exchange): Promise<void> {
  const { request, response } = exchange;
  const url = request.url ?? "/";
  const operation = s3OperationOf(request.method ?? "GET", url);
  const caller = identify(request, "s3", behind.keyring);
  if ("refusal" in caller) return send(response, caller.refusal);
  meter(behind, exchange, caller, "s3", operation);
  const disturbance = disturb(behind, exchange, caller, "s3", operation, () => url);
  if (disturbance === "done") return undefined;
  if (disturbance === "lost") loseAnswer(exchange);
  const { principal, accessKeyId, name, sourceIp } = caller;
  return behind.s3.handle(
    request,
    response,
    { accessKeyId, principalId: name, sourceIp },
    {
      allows: (action, resource, context = {}) =>
        !behind.authority.refuses(principal, [{ action, resource, context }], {
          "aws:SourceIp": sourceIp,
        }),
    },
  );
}

/** S3 writes its answer by itself: the connection is cut at the first of it, which is when all is done. */
function loseAnswer({ request, response }: Exchange): void {
  const writeHead = response.writeHead.bind(response);
  response.writeHead = (status: number) => {
    request.socket.destroy();
    return writeHead(status);
  };
}

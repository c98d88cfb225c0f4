import { identify } from "./caller.ts";
import { type Behind, disturb, type Exchange, meter, send } from "./exchange.ts";
import { refuse } from "./refusal.ts";
import { s3OperationOf } from "./s3-operation.ts";

/** Hands a request to S3, which asks back for each action that the request turns out to need. */
export async function toS3(behind: Behind, exchange: Exchange): Promise<void> {
  const { request, response } = exchange;
  const url = request.url ?? "/";
  const operation = s3OperationOf(request.method ?? "GET", url);
  const caller = identify(request, "s3", behind.keyring);
  if ("refusal" in caller) {
    const { status, code, message } = caller.refusal;
    return send(response, refuse("s3", status, code, message));
  }
  meter(behind, exchange, caller, "s3", operation);
  const disturbance = disturb(behind, exchange, caller, "s3", operation, () => url);
  if (disturbance === "done") return undefined;
  if (disturbance === "lost") loseAnswer(exchange);
  const { principal, accessKeyId, name, sourceIp } = caller;
  const own = { "aws:SourceIp": sourceIp };
  await behind.s3.handle(request, response, {
    caller: { accessKeyId, principalId: name, sourceIp },
    access: {
      allows: (action, resource, context = {}) =>
        !behind.authority.refuses(principal, [{ action, resource, context }], own),
      maySee: (action, resource, context = {}) =>
        behind.authority.allows(principal, { action, resource, context }, own),
    },
  });
  if (response.statusCode === NOT_IMPLEMENTED) {
    const problem = `no such request is known here: ${request.method} ${withoutValues(url)}`;
    behind.authority.refusesUnknown(principal, `s3:${operation}`, problem);
  }
}

const NOT_IMPLEMENTED = 501;

/** A URL as a log may hold it: the values of its query may be a signature. */
function withoutValues(url: string): string {
  const [path = "/", search = ""] = url.split("?");
  const names = [...new URLSearchParams(search).keys()];
  return names.length === 0 ? path : `${path}?${names.join("&")}`;
}

/** S3 writes its answer by itself: the connection is cut at the first of it, which is when all is done. */
function loseAnswer({ request, response }: Exchange): void {
  const writeHead = response.writeHead.bind(response);
  response.writeHead = (status: number) => {
    request.socket.destroy();
    return writeHead(status);
  };
}

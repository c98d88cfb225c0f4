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
  if (disturb(behind, exchange, caller, "s3", operation, () => url) === "done") return undefined;
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

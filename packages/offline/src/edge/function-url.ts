import { readBody } from "./body.ts";
import { identify, stranger } from "./caller.ts";
import { type Behind, disturb, type Exchange, meter, send } from "./exchange.ts";
import { refuse } from "./refusal.ts";

/** A synchronous invocation takes six megabytes (Lambda quotas). */
const MAX_BYTES = 6 * 1024 * 1024;

/** Calls the function behind a URL, if its caller may. */
export async function toFunctionUrl(behind: Behind, exchange: Exchange): Promise<void> {
  const { request, response } = exchange;
  const url = behind.urls.find(request.url ?? "");
  const body = await readBody(request);
  if (!url) return send(response, forbidden(404, "Not Found"));
  if (!body || body.length > MAX_BYTES)
    return send(response, forbidden(413, "Request Entity Too Large"));
  // Without authentication, whatever else stands in the header is the function's own business.
  const caller =
    url.authorization === "AWS_IAM"
      ? identify(request, "lambda", behind.keyring, body)
      : stranger(request);
  // Whatever is wrong with a signature, a function URL says no more than this.
  if ("refusal" in caller) return send(response, forbidden(403, "Forbidden"));
  meter(behind, exchange, caller, "lambda", "InvokeFunctionUrl");
  if (url.authorization === "AWS_IAM") {
    const needed = behind.authority.urlRequirements(url.fn.settings.arn);
    const context = { "aws:SourceIp": caller.sourceIp };
    if (behind.authority.refuses(caller.principal, needed, context)) {
      return send(response, forbidden(403, "Forbidden"));
    }
  }
  const text = () => request.url ?? "";
  if (disturb(behind, exchange, caller, "lambda", "InvokeFunctionUrl", text) === "done")
    return undefined;
  return behind.urls.handle(url, request, response, body);
}

/** As Lambda words it, in this letter case. */
function forbidden(status: number, message: string) {
  return {
    ...refuse("lambda", status, "", message),
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ Message: message }),
  };
}

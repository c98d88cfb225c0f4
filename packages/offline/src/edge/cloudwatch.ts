import { cloudWatch, CloudWatchError } from "../cloudwatch/index.ts";
import { readBody } from "./body.ts";
import { identify } from "./caller.ts";
import { type Behind, type Exchange, meter, send } from "./exchange.ts";
import { refuse } from "./refusal.ts";

/** Answers what was measured, if the caller may read metrics. CloudWatch has no ARNs for them. */
export async function toCloudWatch(behind: Behind, exchange: Exchange): Promise<void> {
  const { request, response } = exchange;
  const body = await readBody(request);
  if (!body)
    return send(response, refuse("cloudwatch", 413, "RequestEntityTooLarge", "over 16 MB"));
  const caller = identify(request, "cloudwatch", behind.keyring, body);
  if ("refusal" in caller) {
    const { status, code, message } = caller.refusal;
    return send(response, refuse("cloudwatch", status, code, message));
  }
  const operation = String(request.headers["x-amz-target"] ?? "").split(".")[1] ?? "Unknown";
  meter(behind, exchange, caller, "cloudwatch", operation);
  const refused = behind.authority.refuses(
    caller.principal,
    [{ action: `cloudwatch:${operation}`, resource: "*", context: {} }],
    { "aws:SourceIp": caller.sourceIp },
  );
  if (refused) return send(response, refuse("cloudwatch", 403, "AccessDenied", refused.message));
  try {
    const output = cloudWatch(behind.metrics, operation, JSON.parse(body.toString()));
    return send(response, {
      status: 200,
      headers: { "content-type": "application/x-amz-json-1.0" },
      body: JSON.stringify(output),
    });
  } catch (error) {
    if (error instanceof SyntaxError) {
      return send(response, refuse("cloudwatch", 400, "SerializationException", error.message));
    }
    if (!(error instanceof CloudWatchError)) throw error;
    return send(response, refuse("cloudwatch", 400, error.code, error.message));
  }
}

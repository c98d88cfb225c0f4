import type { Principal } from "@waybill/iam";

import {
  errorFor,
  escapeXml,
  newRequestId,
  type ServiceError,
  xmlError,
} from "../../edge/error-response.ts";
import type { InjectedError } from "../../edge/faults.ts";
import type { Front, HttpResponse } from "../../edge/front.ts";
import { MAX_BODY_BYTES } from "../../edge/limits.ts";
import type { Service } from "../service.ts";

/** STS with its operation `GetCallerIdentity`, in the Query protocol. */
const stsFront = (accountId: string): Front => ({
  name: "sts",
  title: "STS",
  route: { signedFor: "sts" },
  signingName: "sts",
  maxBodyBytes: MAX_BODY_BYTES,
  parse(_, body) {
    const operation = new URLSearchParams(body.toString()).get("Action") ?? "Unknown";
    if (operation !== "GetCallerIdentity") {
      const message = `offline does not support ${operation} of STS, only GetCallerIdentity.`;
      return xmlError({ status: 400, code: "InvalidAction", message });
    }
    return {
      operation,
      // "No permissions are required" (AWS Security Token Service API Reference, GetCallerIdentity).
      needs: { ok: true, requirements: [] },
      text: () => body.toString(),
      perform: async (caller) => identity(caller.principal, caller.accessKeyId, accountId),
    };
  },
  errorResponse: (problem) => xmlError(errorFor(problem, FAULTS, "query")),
});

function identity(principal: Principal, accessKeyId: string, accountId: string): HttpResponse {
  const arn = `arn:aws:iam::${accountId}:root`;
  const [Arn, UserId] =
    principal.type === "role"
      ? [
          assumed(principal.arn, principal.session ?? ""),
          `${accessKeyId}:${principal.session ?? ""}`,
        ]
      : [arn, accountId];
  const members = Object.entries({ Arn, UserId, Account: accountId });
  const result = members.map(([name, value]) => `<${name}>${escapeXml(value)}</${name}>`).join("");
  return {
    status: 200,
    headers: { "content-type": "text/xml" },
    body: `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>${result}</GetCallerIdentityResult><ResponseMetadata><RequestId>${newRequestId()}</RequestId></ResponseMetadata></GetCallerIdentityResponse>`,
  };
}

const assumed = (roleArn: string, session: string): string =>
  `${roleArn.replace(":iam:", ":sts:").replace(":role/", ":assumed-role/")}/${session}`;

// "Common errors" in the STS API reference.
const FAULTS: Record<InjectedError, ServiceError> = {
  throttle: { status: 400, code: "Throttling", message: "Rate exceeded" },
  error: { status: 500, code: "InternalFailure", message: "Internal error" },
  deny: { status: 403, code: "AccessDenied", message: "The caller is not authorized." },
};

/** Says who a caller is. */
export const sts: Service = {
  types: {},
  plan: () => ({}),
  open: ({ graph }) => ({ front: stsFront(graph.accountId) }),
};

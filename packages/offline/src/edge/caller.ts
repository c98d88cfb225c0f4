import type { IncomingMessage } from "node:http";

/** What a request says of who signed it, and for which service. */
export interface Claim {
  accessKeyId: string;
  region: string;
  service: string;
}

const SCOPE = /^([^/]+)\/\d{8}\/([^/]+)\/([^/]+)\/aws4_request$/;

/** Reads who claims to have signed a request: in its header, or in a presigned URL. */
export function claimOf(request: IncomingMessage): Claim | undefined {
  const header = /Credential=([^,\s]+)/.exec(request.headers.authorization ?? "")?.[1];
  const query = new URLSearchParams(request.url?.split("?")[1] ?? "").get("X-Amz-Credential");
  const [, accessKeyId, region, service] = SCOPE.exec(header ?? query ?? "") ?? [];
  return accessKeyId === undefined || region === undefined || service === undefined
    ? undefined
    : { accessKeyId, region, service };
}

import { createHmac } from "node:crypto";

import { SignatureV4 } from "@smithy/signature-v4";

import { verifySignature, type RawRequest, type Verification } from "../src/sigv4/index.ts";
import { Sha256, sha256 } from "./wire.ts";

export const KEY = { accessKeyId: "AKIAOFFLINE000000001", secretAccessKey: "a/secret+key" };
export const NOW = new Date("2026-11-23T12:00:00Z");

export interface SignOptions {
  method?: string;
  /** Percent-encoded, as in the HTTP request. */
  path?: string;
  query?: Record<string, string | string[]>;
  headers?: Record<string, string>;
  body?: string;
  service?: string;
  sessionToken?: string;
  signedAt?: Date;
  expiresIn?: number;
}

/** A request that the SDK's signer signed; with `expiresIn`, presigned. */
export async function sign(options: SignOptions): Promise<RawRequest> {
  const {
    method = "GET",
    path = "/",
    query = {},
    headers = {},
    body,
    service = "s3",
    signedAt = NOW,
  } = options;
  const signer = new SignatureV4({
    service,
    region: "us-east-1",
    credentials: {
      ...KEY,
      ...(options.sessionToken !== undefined && { sessionToken: options.sessionToken }),
    },
    sha256: Sha256,
    uriEscapePath: service !== "s3",
    applyChecksum: service === "s3",
  });
  const request = {
    method,
    protocol: "http:",
    hostname: "localhost",
    path,
    query,
    headers: { host: "localhost:4566", ...headers },
    ...(body !== undefined && { body }),
  };
  const signed =
    options.expiresIn === undefined
      ? await signer.sign(request, { signingDate: signedAt })
      : await signer.presign(request, { signingDate: signedAt, expiresIn: options.expiresIn });
  const pairs = Object.entries(signed.query ?? {}).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value ?? ""]).map(
      (each) => `${encodeURIComponent(name)}=${encodeURIComponent(each)}`,
    ),
  );
  return {
    method: signed.method,
    url: pairs.length > 0 ? `${signed.path}?${pairs.join("&")}` : signed.path,
    headers: Object.entries(signed.headers).flat(),
    bodySha256: sha256(body ?? ""),
  };
}

const verification: Verification = {
  credentialOf: (accessKeyId) => (accessKeyId === KEY.accessKeyId ? KEY : undefined),
  now: NOW,
};
export const verify = (request: RawRequest, changes: Partial<Verification> = {}) =>
  verifySignature(request, { ...verification, ...changes });
export const reasonOf = (request: RawRequest, changes: Partial<Verification> = {}): string => {
  const verdict = verify(request, changes);
  return verdict.ok ? "ok" : verdict.reason;
};
export const withHeader = (request: RawRequest, name: string, value: string): RawRequest => {
  const headers = [...request.headers];
  const at = headers.findIndex((header, index) => index % 2 === 0 && header.toLowerCase() === name);
  if (at < 0) headers.push(name, value);
  else headers[at + 1] = value;
  return { ...request, headers };
};
export const headerOf = (request: RawRequest, name: string): string => {
  const at = request.headers.findIndex(
    (header, index) => index % 2 === 0 && header.toLowerCase() === name,
  );
  return request.headers[at + 1] ?? "";
};

/** The path of a key as S3 clients write it: everything except slashes is escaped. */
export const pathOf = (key: string): string => `/bucket/${encodeKey(key)}`;
const encodeKey = (key: string): string =>
  key
    .split("/")
    .map((part) =>
      encodeURIComponent(part).replaceAll(
        /[!'()*]/g,
        (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
      ),
    )
    .join("/");

export const ODD_KEYS = [
  "plain.txt",
  "two words.txt",
  "a+b",
  "100%",
  "a%2Fb",
  "ünï/日本語/😀",
  "//",
  "/leading",
  "a//b",
  "a/../b",
  "./a/.",
  "*",
  "what?&=#",
  "'()!*",
  "~-._",
  "trailing/",
  "new\nline",
  'tab\tand \\ and "',
  "$&,;:@=",
];

/**
 * A request that no SDK sends, signed step by step (IAM User Guide, "Create a signed AWS API
 * request").
 */
export function signByHand({
  date = undefined as string | undefined,
  headers = [] as string[],
  canonical = "",
  signedHeaders = "host;x-amz-date",
}): RawRequest {
  const timestamp = "20261123T120000Z";
  const scope = "20261123/us-east-1/sqs/aws4_request";
  const dateHeader = date === undefined ? ["X-Amz-Date", timestamp] : ["Date", date];
  const dated = date === undefined ? `host:h\nx-amz-date:${timestamp}\n` : `date:${date}\nhost:h\n`;
  const request = ["GET", "/", "", `${dated}${canonical}`, signedHeaders, sha256("")].join("\n");
  const key = ["20261123", "us-east-1", "sqs", "aws4_request"].reduce<Buffer>(
    (secret, part) => createHmac("sha256", secret).update(part).digest(),
    Buffer.from(`AWS4${KEY.secretAccessKey}`),
  );
  const signature = createHmac("sha256", key)
    .update(["AWS4-HMAC-SHA256", timestamp, scope, sha256(request)].join("\n"))
    .digest("hex");
  const authorization = `AWS4-HMAC-SHA256 Credential=${KEY.accessKeyId}/${scope},SignedHeaders=${signedHeaders},Signature=${signature}`;
  return {
    method: "GET",
    url: "/",
    headers: ["Host", "h", ...dateHeader, ...headers, "Authorization", authorization],
    bodySha256: sha256(""),
  };
}

import { PutObjectCommand } from "@aws-sdk/client-s3";
import { defaultProvider } from "@aws-sdk/credential-provider-node";
import { Sha256 } from "@smithy/core/checksum";
import { SignatureV4 } from "@smithy/signature-v4";
import { createNodeClient } from "@waybill/client/node";
import { get } from "@waybill/core/catalog";
import { Resource } from "sst";
import { expect, vi } from "vitest";

import { bucket, s3 } from "../support.ts";

export const { url } = Resource.Api;
export const region = process.env["AWS_REGION"] ?? "";
export const credentials = defaultProvider();
export const client = createNodeClient({ url });

interface SignOptions {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
  readonly service?: string;
}

/** Returns a request to the API with a SigV4 signature. */
export async function signed(target: string, options: SignOptions = {}): Promise<Request> {
  const { method = "GET", headers = {}, body, service = "lambda" } = options;
  const address = new URL(target, url);
  const signer = new SignatureV4({ service, region, credentials, sha256: Sha256 });
  const parameters = address.searchParams;
  const { headers: signedHeaders } = await signer.sign({
    method,
    protocol: address.protocol,
    hostname: address.hostname,
    path: address.pathname,
    query: Object.fromEntries(
      [...parameters.keys()].map((name) => [name, parameters.getAll(name)]),
    ),
    headers: { ...headers, host: address.host },
    body,
  });
  return new Request(address, {
    method,
    headers: signedHeaders,
    ...(body === undefined ? {} : { body }),
  });
}

/** Sends a signed request to the API. */
export const request = async (target: string, options?: SignOptions) =>
  fetch(await signed(target, options));

/** Puts an object and waits until its record is in the catalog. */
export async function put(
  key: string,
  more: Partial<PutObjectCommand["input"]> = {},
): Promise<void> {
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: "hello", ...more }));
  const indexed = async () => expect(await get(key)).toMatchObject({ state: "present" });
  await vi.waitFor(indexed, { timeout: 60_000, interval: 50 });
}

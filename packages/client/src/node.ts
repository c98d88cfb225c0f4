import { defaultProvider } from "@aws-sdk/credential-provider-node";

import { type Client, type ClientOptions, createClient } from "./index.ts";

/**
 * Creates a client with the credentials that the AWS CLI would use: environment, profile, single sign-on, or
 * the role of a container or function. Where the URL has no region, it uses `AWS_REGION`.
 */
export function createNodeClient(options: Omit<ClientOptions, "credentials">): Client {
  const { url, region = hasRegion(url) ? undefined : process.env["AWS_REGION"] } = options;
  return createClient({ ...options, region, credentials: defaultProvider() });
}

function hasRegion(url: string): boolean {
  return new URL(url).hostname.endsWith(".on.aws");
}

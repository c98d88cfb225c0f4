import { defaultProvider } from "@aws-sdk/credential-provider-node";

import { type Client, type ClientOptions, createClient } from "./index.ts";

/**
 * A client with the credentials that AWS's own tools would use here (environment, profile, single
 * sign-on, role of a container or function), and the region of the environment where the URL says none.
 */
export function createNodeClient(options: Omit<ClientOptions, "credentials">): Client {
  const { url, region = hasRegion(url) ? undefined : process.env["AWS_REGION"] } = options;
  return createClient({ ...options, region, credentials: defaultProvider() });
}

function hasRegion(url: string): boolean {
  return new URL(url).hostname.endsWith(".on.aws");
}

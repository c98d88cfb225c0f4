import { Sha256 } from "@smithy/core/checksum";
import { SignatureV4 } from "@smithy/signature-v4";

/** AWS access keys and, for a role, the session token. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
}

export type CredentialsProvider = () => Promise<Credentials>;

/** Returns a function that signs a GET of a function URL with authorization type `AWS_IAM`. */
export function signerOf(region: string, credentials: Credentials | CredentialsProvider) {
  const signer = new SignatureV4({ service: "lambda", region, credentials, sha256: Sha256 });
  return async (url: URL): Promise<Record<string, string>> => {
    const parameters = url.searchParams;
    const { headers } = await signer.sign({
      method: "GET",
      protocol: url.protocol,
      hostname: url.hostname,
      path: url.pathname,
      query: Object.fromEntries(
        [...parameters.keys()].map((name) => [name, parameters.getAll(name)]),
      ),
      headers: { host: url.host },
    });
    // fetch sets Host, and a browser does not let a script set it (Fetch standard, "forbidden request-header").
    const { host: _, ...rest } = headers;
    return rest;
  };
}

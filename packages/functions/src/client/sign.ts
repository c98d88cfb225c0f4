import { Sha256 } from "@smithy/core/checksum";
import { SignatureV4 } from "@smithy/signature-v4";

/** Keys of AWS and, for a role, the token of its session. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
}

export type CredentialsProvider = () => Promise<Credentials>;

/** Makes the headers with which a GET of a function's URL is signed, as the authorisation AWS_IAM wants it. */
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
    // Whoever sends it says it; browsers do not let anybody else.
    const { host: _, ...rest } = headers;
    return rest;
  };
}

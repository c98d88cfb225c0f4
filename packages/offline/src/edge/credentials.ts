import { createHmac } from "node:crypto";

import type { Principal } from "@waybill/iam";

export interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
}

interface IssuedKey {
  principal: Principal;
  secretAccessKey: string;
}

/**
 * The access keys of a stage: one for its owner and one for each role. They are derived from a
 * secret, so that they are the same at every start.
 */
export class Keyring {
  readonly #secret: string;
  readonly #issued = new Map<string, IssuedKey>();

  constructor(secret: string) {
    this.#secret = secret;
  }

  /** Returns the credentials of a principal. `find` knows them from then on. */
  issue(principal: Extract<Principal, { type: "root" | "role" }>): Credentials {
    const subject = principal.type === "root" ? "root" : principal.arn;
    const derive = (purpose: string) =>
      createHmac("sha256", this.#secret).update(`${purpose} ${subject}`).digest();
    // AKIA is the prefix of a long-term key, ASIA of a temporary one (IAM User Guide, "IAM
    // identifiers"); 16 characters of A-Z and 2-7 follow.
    const id = [...derive("id").subarray(0, 16)]
      .map((byte) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[byte % 32])
      .join("");
    const accessKeyId = `${principal.type === "root" ? "AKIA" : "ASIA"}${id}`;
    // Without characters that need quoting in a shell or a URL.
    const secretAccessKey = derive("secret")
      .toString("base64url")
      .replaceAll("-", "A")
      .slice(0, 40);
    this.#issued.set(accessKeyId, { principal, secretAccessKey });
    return { accessKeyId, secretAccessKey };
  }

  /** Returns undefined for an access key that this stage has not issued. */
  find(accessKeyId: string): IssuedKey | undefined {
    return this.#issued.get(accessKeyId);
  }
}

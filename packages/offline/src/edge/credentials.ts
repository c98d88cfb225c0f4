import { createHmac } from "node:crypto";

import type { Principal } from "@waybill/iam";

export interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
}

interface Issued {
  principal: Principal;
  secretAccessKey: string;
}

/** The access keys of a stage: one for whoever owns it, one for each role. The same at every start. */
export class Keyring {
  readonly #seed: string;
  readonly #issued = new Map<string, Issued>();

  /** @param seed a secret of the stage, from which all keys follow. */
  constructor(seed: string) {
    this.#seed = seed;
  }

  /** @returns the credentials of a principal, made when they are first asked for. */
  issue(principal: Extract<Principal, { type: "root" | "role" }>): Credentials {
    const who = principal.type === "root" ? "root" : principal.arn;
    const derive = (purpose: string) =>
      createHmac("sha256", this.#seed).update(`${purpose} ${who}`).digest();
    // AKIA is a lasting key, ASIA a role's, with 16 characters of A-Z and 2-7, as IAM makes them.
    const id = [...derive("id").subarray(0, 16)]
      .map((byte) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[byte % 32])
      .join("");
    const accessKeyId = `${principal.type === "root" ? "AKIA" : "ASIA"}${id}`;
    // Without the characters that a shell or a URL would want quoted.
    const secretAccessKey = derive("secret")
      .toString("base64url")
      .replaceAll("-", "A")
      .slice(0, 40);
    this.#issued.set(accessKeyId, { principal, secretAccessKey });
    return { accessKeyId, secretAccessKey };
  }

  /** @returns nothing for a key that this stage has not issued. */
  find(accessKeyId: string): Issued | undefined {
    return this.#issued.get(accessKeyId);
  }
}

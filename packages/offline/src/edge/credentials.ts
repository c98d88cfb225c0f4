import crypto from "node:crypto";

/** Whoever sends a request. */
export type Principal =
  | { type: "owner" }
  | { type: "role"; name: string; arn: string }
  | { type: "anonymous" };

export interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
}

/** The access keys of a stage: one for whoever owns it, one for each role. The same at every start. */
export class Keyring {
  readonly #seed: string;
  readonly #principals = new Map<string, { principal: Principal; secretAccessKey: string }>();

  /** @param seed a secret of the stage, from which all keys follow. */
  constructor(seed: string) {
    this.#seed = seed;
  }

  /** @returns the credentials of a principal, made when they are first asked for. */
  issue(principal: Exclude<Principal, { type: "anonymous" }>): Credentials {
    const who = principal.type === "owner" ? "owner" : principal.arn;
    const derive = (purpose: string) =>
      crypto.createHmac("sha256", this.#seed).update(`${purpose} ${who}`).digest();
    // AKIA is a user's key, ASIA a role's, of 16 characters from A-Z and 2-7, as IAM makes them.
    const id = [...derive("id").subarray(0, 16)]
      .map((byte) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[byte % 32])
      .join("");
    const accessKeyId = `${principal.type === "owner" ? "AKIA" : "ASIA"}${id}`;
    const secretAccessKey = derive("secret").toString("base64").slice(0, 40);
    this.#principals.set(accessKeyId, { principal, secretAccessKey });
    return { accessKeyId, secretAccessKey };
  }

  /** @returns nothing for a key that this stage has not issued. */
  find(accessKeyId: string): { principal: Principal; secretAccessKey: string } | undefined {
    return this.#principals.get(accessKeyId);
  }
}

import { createCipheriv, createDecipheriv, pbkdf2Sync, randomBytes } from "node:crypto";

import { OfflineError } from "../ground/error.ts";
import type { Inputs, Value } from "../synth/graph.ts";
import { isMarked, mapMarked, secret } from "../synth/marked.ts";

// Pulumi's passphrase provider (pkg/secrets/passphrase and config/crypt.go in its sources): the key
// is derived with 1,000,000 iterations of PBKDF2 and SHA-256, and each value is encrypted with
// AES-256-GCM. The state has the salt, and an encrypted word that proves the passphrase.
const ITERATIONS = 1_000_000;
const PROOF = "pulumi";

/** Encrypts the secrets of a checkpoint with the passphrase of its stage. */
export class Secrets {
  readonly #key: Buffer;
  readonly state: string;

  private constructor(key: Buffer, state: string) {
    this.#key = key;
    this.state = state;
  }

  /**
   * Uses the state of a checkpoint, or a new salt. Throws `OfflineError`
   * (`deploy.wrong_passphrase`).
   */
  static open(passphrase: string, state?: string): Secrets {
    const salt =
      state === undefined ? randomBytes(8) : Buffer.from(state.split(":")[1] ?? "", "base64");
    const key = pbkdf2Sync(passphrase, salt, ITERATIONS, 32, "sha256");
    if (state === undefined) {
      return new Secrets(key, `v1:${salt.toString("base64")}:${encrypt(key, PROOF)}`);
    }
    const secrets = new Secrets(key, state);
    if (!secrets.#hasProof()) {
      throw new OfflineError(
        "deploy.wrong_passphrase",
        "the passphrase does not fit the state of this stage. Check SST_PASSPHRASE, if you have set it.",
      );
    }
    return secrets;
  }

  #hasProof(): boolean {
    try {
      return this.#decrypt(this.state.split(":").slice(2).join(":")) === PROOF;
    } catch {
      return false; // AES-GCM rejects a wrong key
    }
  }

  /** Replaces each secret by its encrypted form in a checkpoint. */
  encrypted(value: Inputs): Inputs {
    return mapMarked(value, (marked) => {
      if (!isMarked(marked, "secret")) return undefined;
      const { value: content, ...mark } = marked;
      return { ...mark, ciphertext: encrypt(this.#key, JSON.stringify(content ?? null)) };
    }) as Inputs;
  }

  /** The inverse of `encrypted`. */
  decrypted(value: Inputs): Inputs {
    return mapMarked(value, (marked) => {
      if (!isMarked(marked, "secret") || typeof marked["ciphertext"] !== "string") return undefined;
      return secret(JSON.parse(this.#decrypt(marked["ciphertext"])) as Value);
    }) as Inputs;
  }

  #decrypt(text: string): string {
    const [, nonce = "", sealed = ""] = text.split(":");
    const bytes = Buffer.from(sealed, "base64");
    const decipher = createDecipheriv("aes-256-gcm", this.#key, Buffer.from(nonce, "base64"));
    decipher.setAuthTag(bytes.subarray(-16));
    return Buffer.concat([decipher.update(bytes.subarray(0, -16)), decipher.final()]).toString();
  }
}

function encrypt(key: Buffer, text: string): string {
  const nonce = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", key, nonce);
  const sealed = Buffer.concat([cipher.update(text), cipher.final(), cipher.getAuthTag()]);
  return `v1:${nonce.toString("base64")}:${sealed.toString("base64")}`;
}

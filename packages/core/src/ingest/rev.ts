import { randomBytes } from "node:crypto";

/** A new random value that identifies one write of a record. */
export const newRev = (): string => randomBytes(9).toString("base64url");

import { X509Certificate } from "node:crypto";
import fs from "node:fs";
import path from "node:path";

import { generate } from "selfsigned";

/** A certificate for TLS on 127.0.0.1, with its private key, as PEM. */
export interface Certificate {
  key: string;
  cert: string;
}

const DAYS = 365;
/** A certificate that ends within this time is replaced at the next start. */
const RENEW_MILLISECONDS = 30 * 24 * 3_600_000;

/** The file that programs must trust: the certificate of a stage. */
export const certificateFile = (folder: string): string => path.join(folder, "tls", "cert.pem");

const keyFile = (folder: string): string => path.join(folder, "tls", "key.pem");

/** Returns the certificate of a stage. Creates it at the first start. */
export async function certificateOf(folder: string): Promise<Certificate> {
  const existing = read(folder);
  if (existing) return existing;
  const now = Date.now();
  const { private: key, cert } = await generate([{ name: "commonName", value: "127.0.0.1" }], {
    keySize: 2048,
    algorithm: "sha256",
    notBeforeDate: new Date(now - 3_600_000),
    notAfterDate: new Date(now + DAYS * 24 * 3_600_000),
    extensions: [{ name: "subjectAltName", altNames: [{ type: 7, ip: "127.0.0.1" }] }],
  });
  fs.mkdirSync(path.dirname(keyFile(folder)), { recursive: true });
  fs.writeFileSync(keyFile(folder), key, { mode: 0o600 });
  fs.writeFileSync(certificateFile(folder), cert, { mode: 0o600 });
  return { key, cert };
}

function read(folder: string): Certificate | undefined {
  if (!fs.existsSync(certificateFile(folder)) || !fs.existsSync(keyFile(folder))) return undefined;
  const cert = fs.readFileSync(certificateFile(folder), "utf8");
  const isCurrent = Date.parse(new X509Certificate(cert).validTo) > Date.now() + RENEW_MILLISECONDS;
  return isCurrent ? { cert, key: fs.readFileSync(keyFile(folder), "utf8") } : undefined;
}

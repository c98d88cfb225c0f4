import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";

import { GetObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { unzipSync } from "fflate";

import type { Credentials } from "../../edge/credentials.ts";
import { OfflineError } from "../../ground/error.ts";
import { certificateFile } from "../appsync/certificate.ts";
import type { Builder } from "./build.ts";

/** The zip file of a deployed function. */
export interface DeployedCode {
  id: string;
  bucket: string;
  key: string;
  /** `bundle.<export>`, or `bootstrap` for a stub of `sst dev`. */
  handler: string;
}

interface Place {
  /** The folder for the code of the function. */
  folder: string;
  endpoint: string;
  region: string;
  owner: Credentials;
}

/**
 * Reads the code of a function from S3, as Lambda does when a function is created, and unpacks it.
 * Throws `OfflineError` (`function.no_code`, `function.bad_code`).
 */
export async function unpackFunction(
  code: DeployedCode,
  { folder, endpoint, region, owner }: Place,
): Promise<Builder> {
  const { id, bucket, key, handler } = code;
  const name = createHash("sha256").update(`${bucket}/${key}`).digest("hex").slice(0, 16);
  const out = path.join(folder, name);
  if (!fs.existsSync(out)) {
    const client = new S3Client({ region, endpoint, credentials: owner, forcePathStyle: true });
    try {
      unpack(await read(client, code), out, id);
    } finally {
      client.destroy();
    }
  }
  for (const other of fs.readdirSync(folder)) {
    if (other !== name) fs.rmSync(path.join(folder, other), { recursive: true });
  }
  const isStub = handler === "bootstrap";
  return {
    build: { out, handler, ...(isStub && { program: path.join(out, "bootstrap") }) },
    close: async () => undefined,
  };
}

async function read(s3: S3Client, { id, bucket, key }: DeployedCode): Promise<Uint8Array> {
  try {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    return (await Body?.transformToByteArray()) ?? new Uint8Array();
  } catch (cause) {
    throw new OfflineError(
      "function.no_code",
      `the code of ${id} cannot be read from s3://${bucket}/${key}: ${(cause as Error).message}`,
      { cause },
    );
  }
}

/** Writes the files of a zip file below `out`, at once. */
function unpack(zip: Uint8Array, out: string, id: string): void {
  const temporary = `${out}.new`;
  fs.rmSync(temporary, { recursive: true, force: true });
  for (const [name, contents] of Object.entries(filesIn(zip, id))) {
    if (name.endsWith("/")) continue; // a folder
    const file = path.resolve(temporary, name);
    if (!file.startsWith(temporary + path.sep)) {
      throw badCode(id, `the name "${name}" leads out of its folder`);
    }
    fs.mkdirSync(path.dirname(file), { recursive: true });
    // Zip files of SST do not say which files are programs. On Lambda, bootstrap has to be one.
    fs.writeFileSync(file, contents, { mode: name === "bootstrap" ? 0o700 : 0o600 });
  }
  fs.renameSync(temporary, out);
}

function filesIn(zip: Uint8Array, id: string): Record<string, Uint8Array> {
  try {
    return unzipSync(zip);
  } catch (cause) {
    throw badCode(id, (cause as Error).message);
  }
}

const badCode = (id: string, problem: string) =>
  new OfflineError("function.bad_code", `the zip file of ${id} cannot be unpacked: ${problem}.`);

/** The environment variable with which a stub trusts the events of the stage. */
export const stubEnvironment = (stageFolder: string): Record<string, string> => ({
  SSL_CERT_FILE: certificateFile(stageFolder),
});

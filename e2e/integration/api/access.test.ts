import { execFile, spawnSync } from "node:child_process";
import { promisify } from "node:util";

import { createClient } from "@waybill/client";
import { describe, expect, test } from "vitest";

import { unique } from "../support.ts";
import { credentials, put, region, request, signed, url } from "./request.ts";

describe("the API", () => {
  const expectForbidden = async (response: Response) => {
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ Message: expect.stringMatching(/^Forbidden/) });
  };

  test("rejects an unsigned request", async () => {
    for (const path of ["", "files", "file?key=a", "openapi.json", "stats?by=type", "nowhere"]) {
      await expectForbidden(await fetch(new URL(path, url)));
    }
  });

  test("allows no other origin: rejects a preflight request and sends no CORS headers", async () => {
    const headers = { origin: "https://example.com", "access-control-request-method": "GET" };
    await expectForbidden(await fetch(new URL("files", url), { method: "OPTIONS", headers }));
    const response = await request("files?limit=1", { headers: { origin: "https://example.com" } });
    expect(response.status).toBe(200);
    expect(
      [...response.headers.keys()].filter((name) => name.startsWith("access-control")),
    ).toEqual([]);
  });

  test("rejects a signature by unknown keys, for another service or for another request", async () => {
    const unknown = createClient({
      url,
      region,
      credentials: { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "not-the-secret" },
    });
    await expect(unknown.get("a")).rejects.toMatchObject({
      code: "client.forbidden",
      status: 403,
    });
    await expectForbidden(await request("files", { service: "s3" }));
    const { headers } = await signed("files?limit=1");
    await expectForbidden(await fetch(new URL("files?limit=2", url), { headers }));
  });
});

// curl may be missing on this machine.
const noCurl = spawnSync("curl", ["--version"]).status !== 0;

test.skipIf(noCurl)("curl can sign a request as in docs/api.md", async () => {
  const key = unique("a b+c.txt");
  await put(key);
  const { accessKeyId, secretAccessKey, sessionToken } = await credentials();
  const args = ["--silent", "--show-error", "--aws-sigv4", `aws:amz:${region}:lambda`];
  args.push("--user", `${accessKeyId}:${secretAccessKey}`);
  if (sessionToken !== undefined) args.push("--header", `x-amz-security-token: ${sessionToken}`);
  args.push(`${url}file?key=${encodeURIComponent(key)}`);
  const { stdout } = await promisify(execFile)("curl", args);
  expect(JSON.parse(stdout)).toMatchObject({ key });
});

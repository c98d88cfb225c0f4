import { describe, expect, test } from "vitest";

import { awsError, type Verification } from "../src/sigv4/index.ts";
import { NOW, sign, verify, type SignOptions } from "./signer.ts";

describe("the error of a failed verification", () => {
  const s3 = async (options: SignOptions, changes: Partial<Verification>) => {
    const verdict = verify(await sign(options), changes);
    return verdict.ok ? undefined : awsError(verdict, "s3");
  };

  test("is S3's own for S3", async () => {
    const late = { now: new Date(NOW.getTime() + 3_600_000) };

    await expect(s3({}, { credentialOf: () => undefined })).resolves.toMatchObject({
      code: "InvalidAccessKeyId",
      status: 403,
    });
    await expect(s3({}, late)).resolves.toMatchObject({
      code: "RequestTimeTooSkewed",
      status: 403,
    });
    await expect(s3({}, { credentialOf: () => ({ secretAccessKey: "x" }) })).resolves.toMatchObject(
      {
        code: "SignatureDoesNotMatch",
        status: 403,
      },
    );
    const headers = { "x-amz-content-sha256": "UNSIGNED-PAYLOAD" };
    await expect(s3({ expiresIn: 1, headers }, late)).resolves.toStrictEqual({
      code: "AccessDenied",
      status: 403,
      message: "Request has expired",
    });
  });

  test("is that of the JSON protocol for other services", async () => {
    const request = await sign({ method: "POST", service: "dynamodb", body: "{}" });
    const answer = (changes: Partial<Verification>) => {
      const verdict = verify(request, changes);
      return verdict.ok ? undefined : awsError(verdict, "json");
    };

    expect(answer({ credentialOf: () => undefined })).toStrictEqual({
      code: "UnrecognizedClientException",
      status: 400,
      message: "The security token included in the request is invalid.",
    });
    expect(answer({ credentialOf: () => ({ secretAccessKey: "x" }) })).toMatchObject({
      code: "InvalidSignatureException",
      status: 400,
    });
    expect(awsError({ ok: false, reason: "missing", detail: "" }, "json").code).toBe(
      "MissingAuthenticationTokenException",
    );
  });

  test("contains neither the right signature nor the secret", async () => {
    const request = await sign({ path: "/b/k" });
    const verdict = verify(request, { credentialOf: () => ({ secretAccessKey: "the-secret" }) });

    expect(JSON.stringify(verdict)).not.toMatch(/the-secret|[0-9a-f]{64}/);
  });
});

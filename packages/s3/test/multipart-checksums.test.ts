import { createHash } from "node:crypto";
import { GetObjectAttributesCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { code, failure } from "./failure.ts";
import { settings, start, type Running } from "./harness.ts";
import { createUpload, LARGE, SMALL } from "./multipart-upload.ts";

let running: Running;
beforeAll(async () => {
  running = await start();
  running.s3.ensureBucket("files", settings());
});
afterAll(() => running[Symbol.asyncDispose]());

const Bucket = "files";
const upload = (options: Parameters<typeof createUpload>[1] = {}) => createUpload(running, options);

describe("checksums of a multipart upload", () => {
  test.each([
    ["CRC32", "COMPOSITE"],
    ["SHA256", "COMPOSITE"],
    ["CRC32", "FULL_OBJECT"],
    ["CRC32C", "FULL_OBJECT"],
    ["CRC64NVME", "FULL_OBJECT"],
  ] as const)("%s, %s", async (ChecksumAlgorithm, ChecksumType) => {
    const u = await upload({ ChecksumAlgorithm, ChecksumType });
    const one = await u.part(1, LARGE, { ChecksumAlgorithm });
    const two = await u.part(2, SMALL, { ChecksumAlgorithm });
    const name = `Checksum${ChecksumAlgorithm}` as const;
    const completed = await u.complete([one, two]);
    // The same parts again, with the expected checksum in the request.
    const same = await upload({ ChecksumAlgorithm, ChecksumType });
    await same.part(1, LARGE, { ChecksumAlgorithm });
    await same.part(2, SMALL, { ChecksumAlgorithm });
    await same.complete([one, two], { [name]: completed[name], ChecksumType });
    const whole = await running.client.send(
      new PutObjectCommand({
        Bucket,
        Key: "whole",
        Body: Buffer.concat([LARGE, SMALL]),
        ChecksumAlgorithm,
      }),
    );

    const composite = ChecksumType === "COMPOSITE";
    expect(completed.ChecksumType).toBe(ChecksumType);
    expect(completed[name]).toMatch(composite ? /-2$/ : /=$/);
    expect(completed[name] === whole[name]).toBe(!composite);
    const read = await running.client.send(
      new GetObjectAttributesCommand({
        ...u,
        ObjectAttributes: ["Checksum", "ObjectParts", "ETag", "ObjectSize", "StorageClass"],
      }),
    );
    expect(read).toMatchObject({
      ETag: completed.ETag?.replaceAll('"', ""),
      ObjectSize: LARGE.length + SMALL.length,
      StorageClass: "STANDARD",
      Checksum: { [name]: completed[name]?.replace(/-2$/, ""), ChecksumType },
      ObjectParts: { TotalPartsCount: 2 },
    });
    const parts = read.ObjectParts?.Parts?.map((part) => [part.PartNumber, part[name]]);
    expect(parts).toEqual(
      composite
        ? [
            [1, one[name]],
            [2, two[name]],
          ]
        : undefined,
    );
  });

  test("of the whole object are verified on completion", async () => {
    const ChecksumAlgorithm = "CRC32";
    const u = await upload({ ChecksumAlgorithm, ChecksumType: "FULL_OBJECT" });
    const one = await u.part(1, SMALL, { ChecksumAlgorithm });
    const { ChecksumCRC32 } = one;

    expect(await code(u.complete([one], { ChecksumCRC32: "AAAAAA==" }))).toBe("BadDigest");
    expect(await code(u.complete([one], { ChecksumType: "COMPOSITE" }))).toBe("InvalidRequest");
    const completed = await u.complete([one], { ChecksumCRC32, ChecksumType: "FULL_OBJECT" });
    expect(completed.ChecksumCRC32).toBe(ChecksumCRC32);
  });

  test("of a part are returned with the part if the checksum is composite", async () => {
    const ChecksumAlgorithm = "SHA256";
    const u = await upload({ ChecksumAlgorithm });
    const one = await u.part(1, LARGE, { ChecksumAlgorithm });
    const two = await u.part(2, SMALL, { ChecksumAlgorithm });
    await u.complete([one, two]);
    const read = await u.get({ PartNumber: 2, ChecksumMode: "ENABLED" });
    expect(read).toMatchObject({ ChecksumSHA256: two.ChecksumSHA256, ChecksumType: "COMPOSITE" });
  });

  test("must have one algorithm, and one for each part", async () => {
    const u = await upload({ ChecksumAlgorithm: "SHA256" });
    expect(await code(u.part(1, SMALL, { ChecksumAlgorithm: "CRC32" }))).toBe("InvalidRequest");
    const { ETag, PartNumber, ChecksumSHA256 } = await u.part(1, SMALL, {
      ChecksumAlgorithm: "SHA256",
    });
    expect((await failure(u.complete([{ ETag, PartNumber }]))).message).toContain(
      "missing for part 1",
    );
    const wrong = { ETag, PartNumber, ChecksumSHA256: createHash("sha256").digest("base64") };
    expect(await code(u.complete([wrong]))).toBe("InvalidPart");
    expect((await u.complete([{ ETag, PartNumber, ChecksumSHA256 }])).ChecksumSHA256).toMatch(
      /-1$/,
    );
  });

  test("of an impossible type are rejected", async () => {
    expect(await code(upload({ ChecksumAlgorithm: "SHA256", ChecksumType: "FULL_OBJECT" }))).toBe(
      "InvalidRequest",
    );
    expect(await code(upload({ ChecksumAlgorithm: "CRC64NVME", ChecksumType: "COMPOSITE" }))).toBe(
      "InvalidRequest",
    );
  });

  test("default to a CRC64NVME of the whole object", async () => {
    const u = await upload();
    const completed = await u.complete([await u.part(1, SMALL)]);
    const put = await running.client.send(
      new PutObjectCommand({ Bucket, Key: "same", Body: SMALL, ChecksumAlgorithm: "CRC64NVME" }),
    );
    expect(completed.ChecksumCRC64NVME).toBe(put.ChecksumCRC64NVME);
    expect(await code(u.complete([{ PartNumber: 1, ETag: '"x"' }]))).toBe("InvalidPart");
  });
});

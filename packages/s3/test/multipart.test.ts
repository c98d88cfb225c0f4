import { createHash } from "node:crypto";
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListPartsCommand,
  PutObjectCommand,
  UploadPartCommand,
  UploadPartCopyCommand,
  type ChecksumAlgorithm,
  type CompletedPart,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { code, failure } from "./failure.ts";
import { ALL_EVENTS, raw, settings, start, type Running } from "./harness.ts";

let running: Running;
beforeAll(async () => {
  running = await start();
  running.s3.ensureBucket("files", settings({ notifications: [ALL_EVENTS] }));
});
afterAll(() => running[Symbol.asyncDispose]());

const Bucket = "files";
const MIB = 1024 * 1024;
const LARGE = Buffer.alloc(5 * MIB, "large part ");
const SMALL = Buffer.from("the end");

let count = 0;
async function upload(
  options: {
    ChecksumAlgorithm?: ChecksumAlgorithm;
    ChecksumType?: "FULL_OBJECT" | "COMPOSITE";
  } = {},
) {
  const Key = `multipart-${count++}`;
  const { client } = running;
  const { UploadId } = await client.send(
    new CreateMultipartUploadCommand({ Bucket, Key, ...options }),
  );
  const which = { Bucket, Key, UploadId };
  return {
    ...which,
    async part(PartNumber: number, Body: Buffer, rest = {}): Promise<CompletedPart> {
      const input = { ...which, PartNumber, Body, ...rest };
      const { $metadata, ...reply } = await client.send(new UploadPartCommand(input));
      expect($metadata.httpStatusCode).toBe(200);
      return { ...reply, PartNumber };
    },
    complete: async (Parts: CompletedPart[], rest = {}) =>
      client.send(
        new CompleteMultipartUploadCommand({ ...which, MultipartUpload: { Parts }, ...rest }),
      ),
    get: async (rest = {}) => {
      const { Body, ...reply } = await client.send(new GetObjectCommand({ Bucket, Key, ...rest }));
      return { ...reply, content: Buffer.from((await Body?.transformToByteArray()) ?? []) };
    },
  };
}

describe("a multipart upload", () => {
  test("makes one object of its parts, in their order, with an ETag of its own", async () => {
    const u = await upload();
    const two = await u.part(7, SMALL);
    const one = await u.part(3, LARGE);
    const completed = await u.complete([one, two]);

    const md5 = (content: Buffer) => createHash("md5").update(content).digest();
    const etag = md5(Buffer.concat([md5(LARGE), md5(SMALL)])).toString("hex");
    expect(completed.ETag).toBe(`"${etag}-2"`);
    expect(completed.Location).toContain(`/files/${u.Key}`);
    expect((await u.get()).content.equals(Buffer.concat([LARGE, SMALL]))).toBe(true);
    const edge = await u.get({ Range: `bytes=${LARGE.length - 3}-${LARGE.length + 2}` });
    expect(edge.content.toString()).toBe(LARGE.subarray(-3).toString() + "the");
    const records = await running.records();
    expect(records.at(-1)).toMatchObject({
      eventName: "ObjectCreated:CompleteMultipartUpload",
      s3: { object: { size: LARGE.length + SMALL.length, eTag: `${etag}-2` } },
    });
  });

  test("is not there before it is completed, and leaves no part that was not listed", async () => {
    const u = await upload();
    const one = await u.part(1, SMALL);
    await u.part(2, SMALL);
    expect(await code(u.get())).toBe("NoSuchKey");
    await u.complete([one]);
    expect((await u.get()).ContentLength).toBe(SMALL.length);
  });

  test("keeps the last of two parts of one number", async () => {
    const u = await upload();
    const first = await u.part(1, LARGE);
    const second = await u.part(1, SMALL);
    expect(await code(u.complete([first]))).toBe("InvalidPart");
    await u.complete([second]);
    expect((await u.get()).content.equals(SMALL)).toBe(true);
  });

  test("completed again answers the same, until its object is gone", async () => {
    const u = await upload();
    const one = await u.part(1, SMALL);
    const first = await u.complete([one]);
    const again = await u.complete([one]);
    expect(again.ETag).toBe(first.ETag);
    expect(again.VersionId).toBe(first.VersionId);

    await running.client.send(new DeleteObjectCommand({ ...u, VersionId: first.VersionId }));
    expect(await code(u.complete([one]))).toBe("NoSuchUpload");
  });

  test.each([
    ["parts in the wrong order", ["b", "a"], "InvalidPartOrder"],
    ["a part twice", ["a", "a"], "InvalidPartOrder"],
    ["a part that was never sent", ["c"], "InvalidPart"],
    ["a part with another ETag", ["d"], "InvalidPart"],
    ["a small part that is not the last", ["small", "b"], "EntityTooSmall"],
    ["nothing", [], "InvalidRequest"],
  ])("cannot be completed with %s", async (_, names, expected) => {
    const u = await upload();
    const parts: Record<string, CompletedPart> = {
      small: await u.part(1, SMALL),
      b: await u.part(3, SMALL),
      c: { PartNumber: 4, ETag: '"x"' },
      a: await u.part(2, LARGE),
    };
    parts["d"] = { ...parts["b"], ETag: '"00000000000000000000000000000000"' };
    const listed = names.map((name) => parts[name] ?? {});

    expect(await code(u.complete(listed))).toBe(expected);
    expect((await u.complete([parts["a"] ?? {}, parts["b"] ?? {}])).ETag).toContain("-2");
  });

  test("tolerates ETags written as clients write them", async () => {
    const u = await upload();
    const { ETag } = await u.part(1, SMALL);
    const plain = (ETag ?? "").replaceAll('"', "");
    const body = `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>&#34;${plain}&quot;</ETag></Part></CompleteMultipartUpload>`;
    const reply = await raw(running, "POST", `/files/${u.Key}?uploadId=${u.UploadId ?? ""}`, {
      body,
    });
    expect(reply.status).toBe(200);
    expect(reply.body).toContain("<CompleteMultipartUploadResult");
  });

  test("can be aborted, and is then unknown", async () => {
    const u = await upload();
    const one = await u.part(1, LARGE);
    await running.client.send(new AbortMultipartUploadCommand(u));

    expect(await code(u.complete([one]))).toBe("NoSuchUpload");
    expect(await code(u.part(1, SMALL))).toBe("NoSuchUpload");
    expect(await code(running.client.send(new AbortMultipartUploadCommand(u)))).toBe(
      "NoSuchUpload",
    );
    expect(await code(running.client.send(new ListPartsCommand(u)))).toBe("NoSuchUpload");
  });

  test("belongs to its key", async () => {
    const u = await upload();
    const other = { ...u, Key: "another" };
    expect(await code(running.client.send(new ListPartsCommand(other)))).toBe("NoSuchUpload");
  });

  test.each(["0", "10001", "x", "-1"])("has no part number %s", async (number) => {
    const u = await upload();
    const path = `/files/${u.Key}?uploadId=${u.UploadId ?? ""}&partNumber=${number}`;
    expect((await raw(running, "PUT", path, { body: "x" })).body).toContain("InvalidArgument");
  });

  test("keeps what was said when it began", async () => {
    const Key = "described";
    const said = {
      ContentType: "text/plain",
      Metadata: { a: "1" },
      StorageClass: "STANDARD_IA",
    } as const;
    const { UploadId } = await running.client.send(
      new CreateMultipartUploadCommand({ Bucket, Key, ...said, Tagging: "t=1" }),
    );
    const { ETag } = await running.client.send(
      new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: 1, Body: "x" }),
    );
    const Parts = [{ ETag, PartNumber: 1 }];
    await running.client.send(
      new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } }),
    );
    const read = await running.client.send(new HeadObjectCommand({ Bucket, Key }));
    expect(read).toMatchObject({ ...said, TagCount: 1 });
  });

  test("obeys conditions and the size that is announced", async () => {
    const u = await upload();
    const one = await u.part(1, SMALL);
    await running.client.send(new PutObjectCommand({ Bucket, Key: u.Key, Body: "x" }));

    expect(await code(u.complete([one], { IfNoneMatch: "*" }))).toBe("PreconditionFailed");
    expect(await code(u.complete([one], { MpuObjectSize: 3 }))).toBe("InvalidRequest");
    expect((await u.complete([one], { MpuObjectSize: SMALL.length })).ETag).toContain("-1");
  });
});

describe("a conditional multipart upload", () => {
  const Body = "hello";
  const IfMatch = '"5d41402abc4b2a76b9719d911017c592"';

  test.each([
    ["was written", { IfMatch }, "PutObject"],
    ["was deleted", { IfNoneMatch: "*" }, "DeleteObject"],
  ])("loses if its key %s since it began", async (_, condition, change) => {
    running.s3.ensureBucket("conditional", settings({ versioning: "Unversioned" }));
    const { client } = running;
    const which = { Bucket: "conditional", Key: change };
    await client.send(new PutObjectCommand({ ...which, Body }));
    const begin = async () => {
      const { UploadId } = await client.send(new CreateMultipartUploadCommand(which));
      const part = new UploadPartCommand({ ...which, UploadId, PartNumber: 1, Body });
      const { ETag } = await client.send(part);
      const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
      return new CompleteMultipartUploadCommand({
        ...which,
        UploadId,
        MultipartUpload,
        ...condition,
      });
    };
    const early = await begin();
    if (change === "PutObject") await client.send(new PutObjectCommand({ ...which, Body }));
    else await client.send(new DeleteObjectCommand(which));

    expect(await code(client.send(early))).toBe("ConditionalRequestConflict");
    expect((await client.send(await begin())).ETag).toContain("-1");
  });
});

describe("the parts", () => {
  test("are listed in pages", async () => {
    const u = await upload();
    for (const number of [5, 1, 3]) await u.part(number, SMALL);
    const first = await running.client.send(new ListPartsCommand({ ...u, MaxParts: 2 }));
    const PartNumberMarker = first.NextPartNumberMarker;
    const rest = await running.client.send(
      new ListPartsCommand({ ...u, MaxParts: 2, PartNumberMarker }),
    );

    expect(first.Parts?.map(({ PartNumber }) => PartNumber)).toEqual([1, 3]);
    expect(first.IsTruncated).toBe(true);
    expect(rest.Parts).toMatchObject([{ PartNumber: 5, Size: SMALL.length }]);
    expect(rest.IsTruncated).toBe(false);
  });

  test("can be read one by one", async () => {
    const u = await upload();
    await u.complete([await u.part(1, LARGE), await u.part(2, SMALL)]);
    const read = await u.get({ PartNumber: 2 });

    expect(read.content.equals(SMALL)).toBe(true);
    expect(read.PartsCount).toBe(2);
    expect(read.ContentRange).toBe(`bytes ${LARGE.length}-${LARGE.length + 6}/${LARGE.length + 7}`);
    expect((await failure(u.get({ PartNumber: 3 }))).$metadata.httpStatusCode).toBe(416);
    expect(await code(u.get({ PartNumber: 1, Range: "bytes=0-1" }))).toBe("InvalidRequest");
  });

  test("can be copied from another object, whole or in ranges", async () => {
    await running.client.send(
      new PutObjectCommand({ Bucket, Key: "source é", Body: "0123456789" }),
    );
    const u = await upload();
    const CopySource = `files/${encodeURIComponent("source é")}`;
    const copy = async (PartNumber: number, CopySourceRange?: string) => {
      const input = { ...u, PartNumber, CopySource, CopySourceRange };
      const { CopyPartResult } = await running.client.send(new UploadPartCopyCommand(input));
      return { PartNumber, ETag: CopyPartResult?.ETag };
    };
    expect(await code(copy(1, "bytes=5-10"))).toBe("InvalidArgument");
    expect(await code(copy(1, "bytes=5-"))).toBe("InvalidArgument");
    const large = await u.part(1, LARGE);
    expect(await code(copy(1, "bytes=10-12"))).toBe("InvalidRequest");
    await u.complete([large, await copy(2, "bytes=2-4")]);
    expect((await u.get({ PartNumber: 2 })).content.toString()).toBe("234");
  });
});

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
    // Of the same parts again, and announced this time.
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

  test("of the whole object may be sent when it is completed, and are checked", async () => {
    const ChecksumAlgorithm = "CRC32";
    const u = await upload({ ChecksumAlgorithm, ChecksumType: "FULL_OBJECT" });
    const one = await u.part(1, SMALL, { ChecksumAlgorithm });
    const { ChecksumCRC32 } = one;

    expect(await code(u.complete([one], { ChecksumCRC32: "AAAAAA==" }))).toBe("BadDigest");
    expect(await code(u.complete([one], { ChecksumType: "COMPOSITE" }))).toBe("InvalidRequest");
    const completed = await u.complete([one], { ChecksumCRC32, ChecksumType: "FULL_OBJECT" });
    expect(completed.ChecksumCRC32).toBe(ChecksumCRC32);
  });

  test("of a part are told with the part, if they are that of the whole", async () => {
    const ChecksumAlgorithm = "SHA256";
    const u = await upload({ ChecksumAlgorithm });
    const one = await u.part(1, LARGE, { ChecksumAlgorithm });
    const two = await u.part(2, SMALL, { ChecksumAlgorithm });
    await u.complete([one, two]);
    const read = await u.get({ PartNumber: 2, ChecksumMode: "ENABLED" });
    expect(read).toMatchObject({ ChecksumSHA256: two.ChecksumSHA256, ChecksumType: "COMPOSITE" });
  });

  test("must be of one kind, and complete", async () => {
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

  test("that cannot be are refused at the beginning", async () => {
    expect(await code(upload({ ChecksumAlgorithm: "SHA256", ChecksumType: "FULL_OBJECT" }))).toBe(
      "InvalidRequest",
    );
    expect(await code(upload({ ChecksumAlgorithm: "CRC64NVME", ChecksumType: "COMPOSITE" }))).toBe(
      "InvalidRequest",
    );
  });

  test("are added by S3 where nobody asked: a CRC64NVME of the whole", async () => {
    const u = await upload();
    const completed = await u.complete([await u.part(1, SMALL)]);
    const put = await running.client.send(
      new PutObjectCommand({ Bucket, Key: "same", Body: SMALL, ChecksumAlgorithm: "CRC64NVME" }),
    );
    expect(completed.ChecksumCRC64NVME).toBe(put.ChecksumCRC64NVME);
    expect(await code(u.complete([{ PartNumber: 1, ETag: '"x"' }]))).toBe("InvalidPart");
  });
});

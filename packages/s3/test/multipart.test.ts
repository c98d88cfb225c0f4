import { createHash } from "node:crypto";
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  HeadObjectCommand,
  ListPartsCommand,
  PutObjectCommand,
  UploadPartCommand,
  UploadPartCopyCommand,
  type CompletedPart,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { code, failure } from "./failure.ts";
import { ALL_EVENTS, raw, settings, start, type Running } from "./harness.ts";
import { createUpload, LARGE, SMALL } from "./multipart-upload.ts";

let running: Running;
beforeAll(async () => {
  running = await start();
  running.s3.ensureBucket("files", settings({ notifications: [ALL_EVENTS] }));
});
afterAll(() => running[Symbol.asyncDispose]());

const Bucket = "files";
const upload = (options: Parameters<typeof createUpload>[1] = {}) => createUpload(running, options);

describe("a multipart upload", () => {
  test("creates one object from its parts, in order, with a multipart ETag", async () => {
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

  test("creates no object before it is completed, and only from the listed parts", async () => {
    const u = await upload();
    const one = await u.part(1, SMALL);
    await u.part(2, SMALL);
    expect(await code(u.get())).toBe("NoSuchKey");
    await u.complete([one]);
    expect((await u.get()).ContentLength).toBe(SMALL.length);
  });

  test("replaces a part of the same number", async () => {
    const u = await upload();
    const first = await u.part(1, LARGE);
    const second = await u.part(1, SMALL);
    expect(await code(u.complete([first]))).toBe("InvalidPart");
    await u.complete([second]);
    expect((await u.get()).content.equals(SMALL)).toBe(true);
  });

  test("can be completed again until its object is deleted", async () => {
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
    ["a missing part", ["c"], "InvalidPart"],
    ["a part with another ETag", ["d"], "InvalidPart"],
    ["a small part that is not the last", ["small", "b"], "EntityTooSmall"],
    ["no part", [], "InvalidRequest"],
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

  test("accepts ETags with escaped quotes and without quotes", async () => {
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

  test("does not exist after it is aborted", async () => {
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

  test("cannot be used with another key", async () => {
    const u = await upload();
    const other = { ...u, Key: "another" };
    expect(await code(running.client.send(new ListPartsCommand(other)))).toBe("NoSuchUpload");
  });

  test.each(["0", "10001", "x", "-1"])("rejects the part number %s", async (number) => {
    const u = await upload();
    const path = `/files/${u.Key}?uploadId=${u.UploadId ?? ""}&partNumber=${number}`;
    expect((await raw(running, "PUT", path, { body: "x" })).body).toContain("InvalidArgument");
  });

  test("gives the object the attributes of CreateMultipartUpload", async () => {
    const Key = "described";
    const described = {
      ContentType: "text/plain",
      Metadata: { a: "1" },
      StorageClass: "STANDARD_IA",
    } as const;
    const { UploadId } = await running.client.send(
      new CreateMultipartUploadCommand({ Bucket, Key, ...described, Tagging: "t=1" }),
    );
    const { ETag } = await running.client.send(
      new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: 1, Body: "x" }),
    );
    const Parts = [{ ETag, PartNumber: 1 }];
    await running.client.send(
      new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } }),
    );
    const read = await running.client.send(new HeadObjectCommand({ Bucket, Key }));
    expect(read).toMatchObject({ ...described, TagCount: 1 });
  });

  test("checks conditions and the declared size", async () => {
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
  ])("fails if its key %s since it was created", async (_, condition, change) => {
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

  test("can be read by number", async () => {
    const u = await upload();
    await u.complete([await u.part(1, LARGE), await u.part(2, SMALL)]);
    const read = await u.get({ PartNumber: 2 });

    expect(read.content.equals(SMALL)).toBe(true);
    expect(read.PartsCount).toBe(2);
    expect(read.ContentRange).toBe(`bytes ${LARGE.length}-${LARGE.length + 6}/${LARGE.length + 7}`);
    expect((await failure(u.get({ PartNumber: 3 }))).$metadata.httpStatusCode).toBe(416);
    expect(await code(u.get({ PartNumber: 1, Range: "bytes=0-1" }))).toBe("InvalidRequest");
  });

  test("can be copied from ranges of another object", async () => {
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

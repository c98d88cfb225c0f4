import {
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteBucketTaggingCommand,
  DeleteObjectCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketLocationCommand,
  GetBucketPolicyCommand,
  GetBucketTaggingCommand,
  GetBucketVersioningCommand,
  GetPublicAccessBlockCommand,
  HeadBucketCommand,
  ListBucketsCommand,
  PutBucketTaggingCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isBucketName } from "../src/operations/target.ts";
import { code, failure } from "./failure.ts";
import { ALL_EVENTS, raw, settings, start, type Running } from "./harness.ts";

let running: Running;
beforeAll(async () => {
  running = await start();
});
afterAll(() => running[Symbol.asyncDispose]());

const send = <T>(run: (client: Running["client"]) => Promise<T>): Promise<T> => run(running.client);

test("bucket names are S3's", () => {
  const good = ["abc", "a.b-c", "1bucket", "a".repeat(63)];
  const bad = [
    "ab",
    "a".repeat(64),
    "Abc",
    "-abc",
    "abc-",
    ".abc",
    "a..b",
    "192.168.5.4",
    "a_b",
    "xn--abc",
    "sthree-a",
    "amzn-s3-demo-a",
    "a-s3alias",
    "a--ol-s3",
    "a.mrap",
    "a--x-s3",
    "ä",
  ];
  expect(good.filter((name) => !isBucketName(name))).toEqual([]);
  expect(bad.filter((name) => isBucketName(name))).toEqual([]);
});

describe("a bucket", () => {
  test("is created, found, listed, and deleted when it is empty", async () => {
    const Bucket = "life";
    await send((c) => c.send(new CreateBucketCommand({ Bucket })));
    await send((c) => c.send(new CreateBucketCommand({ Bucket })));
    expect((await send((c) => c.send(new HeadBucketCommand({ Bucket })))).BucketRegion).toBe(
      "us-east-1",
    );
    await send((c) => c.send(new PutObjectCommand({ Bucket, Key: "a", Body: "x" })));
    expect(await code(send((c) => c.send(new DeleteBucketCommand({ Bucket }))))).toBe(
      "BucketNotEmpty",
    );
    await send((c) => c.send(new DeleteObjectCommand({ Bucket, Key: "a" })));
    await send((c) => c.send(new CreateMultipartUploadCommand({ Bucket, Key: "open" })));
    await send((c) => c.send(new DeleteBucketCommand({ Bucket })));
    const head = await failure(send((c) => c.send(new HeadBucketCommand({ Bucket }))));
    expect(head.$metadata.httpStatusCode).toBe(404);
  });

  test("is not empty while there are versions or markers", async () => {
    const Bucket = "history";
    running.s3.ensureBucket(Bucket, settings());
    await send((c) => c.send(new DeleteObjectCommand({ Bucket, Key: "a" })));
    expect(await code(send((c) => c.send(new DeleteBucketCommand({ Bucket }))))).toBe(
      "BucketNotEmpty",
    );
  });

  test("is listed with the others, in pages", async () => {
    for (const name of ["page-b", "page-a", "page-c"]) running.s3.ensureBucket(name, settings());
    const page = (ContinuationToken?: string) =>
      send((c) =>
        c.send(new ListBucketsCommand({ Prefix: "page-", MaxBuckets: 2, ContinuationToken })),
      );
    const first = await page();
    const second = await page(first.ContinuationToken);

    expect(first.Buckets?.map(({ Name }) => Name)).toEqual(["page-a", "page-b"]);
    expect(first.Buckets?.[0]?.CreationDate).toBeInstanceOf(Date);
    expect(second.Buckets?.map(({ Name }) => Name)).toEqual(["page-c"]);
    expect(second.ContinuationToken).toBeUndefined();
  });

  test("whose name S3 would refuse is refused", async () => {
    expect((await raw(running, "PUT", "/No_Bucket")).body).toContain(
      "<Code>InvalidBucketName</Code>",
    );
    expect(() => running.s3.ensureBucket("No_Bucket", settings())).toThrow(/not valid/);
  });

  test("is in the Region that it is asked for", async () => {
    await using elsewhere = await start({ region: "eu-west-1" });
    const create = (Bucket: string, rest = {}) =>
      elsewhere.client.send(new CreateBucketCommand({ Bucket, ...rest }));
    const here = { CreateBucketConfiguration: { LocationConstraint: "eu-west-1" as const } };
    const there = { CreateBucketConfiguration: { LocationConstraint: "eu-west-2" as const } };

    await create("here", here);
    expect(await code(create("here", here))).toBe("BucketAlreadyOwnedByYou");
    expect(await code(create("there", there))).toBe("IllegalLocationConstraintException");
    const location = await elsewhere.client.send(new GetBucketLocationCommand({ Bucket: "here" }));
    expect(location.LocationConstraint).toBe("eu-west-1");
  });
});

describe("settings", () => {
  test("of versions can be set, but not unset", async () => {
    const Bucket = "switched";
    await send((c) => c.send(new CreateBucketCommand({ Bucket })));
    const status = async () =>
      (await send((c) => c.send(new GetBucketVersioningCommand({ Bucket })))).Status;
    expect(await status()).toBeUndefined();
    for (const Status of ["Enabled", "Suspended"] as const) {
      const VersioningConfiguration = { Status };
      await send((c) =>
        c.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration })),
      );
      expect(await status()).toBe(Status);
    }
    const body = "<VersioningConfiguration><Status>Unversioned</Status></VersioningConfiguration>";
    expect((await raw(running, "PUT", "/switched?versioning", { body })).status).toBe(400);
  });

  test("that were provisioned are answered", async () => {
    const Bucket = "provisioned";
    const policy = JSON.stringify({ Version: "2012-10-17", Statement: [] });
    running.s3.ensureBucket(
      Bucket,
      settings({
        policy,
        tags: { app: "waybill" },
        lifecycle: [
          {
            ID: "abort",
            Status: "Enabled",
            Filter: { Prefix: "" },
            AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 },
          },
        ],
      }),
    );
    const tags = await send((c) => c.send(new GetBucketTaggingCommand({ Bucket })));
    const lifecycle = await send((c) =>
      c.send(new GetBucketLifecycleConfigurationCommand({ Bucket })),
    );
    const block = await send((c) => c.send(new GetPublicAccessBlockCommand({ Bucket })));

    expect(tags.TagSet).toEqual([{ Key: "app", Value: "waybill" }]);
    expect((await send((c) => c.send(new GetBucketPolicyCommand({ Bucket })))).Policy).toBe(policy);
    expect(lifecycle.Rules).toMatchObject([
      {
        ID: "abort",
        Status: "Enabled",
        AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 },
      },
    ]);
    expect(block.PublicAccessBlockConfiguration).toMatchObject({ BlockPublicAcls: true });
  });

  test("that were not say so as S3 does", async () => {
    running.s3.ensureBucket("bare", settings());
    const expected = {
      policy: "NoSuchBucketPolicy",
      lifecycle: "NoSuchLifecycleConfiguration",
      tagging: "NoSuchTagSet",
      cors: "NoSuchCORSConfiguration",
      website: "NoSuchWebsiteConfiguration",
      replication: "ReplicationConfigurationNotFoundError",
      "object-lock": "ObjectLockConfigurationNotFoundError",
    };
    for (const [name, error] of Object.entries(expected)) {
      expect((await raw(running, "GET", `/bare?${name}`)).body).toContain(`<Code>${error}</Code>`);
    }
    for (const name of [
      "acl",
      "logging",
      "accelerate",
      "requestPayment",
      "encryption",
      "ownershipControls",
    ]) {
      expect((await raw(running, "GET", `/bare?${name}`)).status).toBe(200);
    }
  });

  test("of tags can be set and taken away", async () => {
    const Bucket = "bare";
    running.s3.ensureBucket(Bucket, settings());
    const Tagging = { TagSet: [{ Key: "a", Value: "1" }] };
    await send((c) => c.send(new PutBucketTaggingCommand({ Bucket, Tagging })));
    expect(
      (await send((c) => c.send(new GetBucketTaggingCommand({ Bucket })))).TagSet,
    ).toHaveLength(1);
    await send((c) => c.send(new DeleteBucketTaggingCommand({ Bucket })));
    expect(await code(send((c) => c.send(new GetBucketTaggingCommand({ Bucket }))))).toBe(
      "NoSuchTagSet",
    );
  });

  test("can be changed under objects that stay", async () => {
    const Bucket = "stays";
    running.s3.ensureBucket(Bucket, settings({ versioning: "Unversioned" }));
    await raw(running, "PUT", "/stays/a", { body: "x" });
    running.s3.ensureBucket(Bucket, settings({ notifications: [ALL_EVENTS] }));
    expect((await raw(running, "GET", "/stays/a")).body).toBe("x");
    expect(
      (await raw(running, "PUT", "/stays/a", { body: "y" })).headers["x-amz-version-id"],
    ).toBeTruthy();
  });

  test("cannot take versions away, only suspend them", async () => {
    running.s3.ensureBucket("once", settings());
    running.s3.ensureBucket("once", settings({ versioning: "Unversioned" }));
    await raw(running, "PUT", "/once/a", { body: "x" });
    const { headers } = await raw(running, "HEAD", "/once/a");
    expect(headers["x-amz-version-id"]).toBe("null");
  });

  test("a queue hears of its bucket once, not at every start", async () => {
    const notifications = [ALL_EVENTS];
    running.s3.ensureBucket("tested", settings({ notifications }));
    running.s3.ensureBucket("tested", settings({ notifications }));
    await running.s3.settled();
    const tests = running.delivered.filter(
      ({ body }) => body.includes("s3:TestEvent") && body.includes('"tested"'),
    );
    expect(tests).toHaveLength(1);
  });
});

describe("what is not built", () => {
  beforeAll(() => {
    running.s3.ensureBucket("files", settings());
  });

  test.each([
    ["PUT", "/files/a?acl"],
    ["PUT", "/files?acl"],
    ["PUT", "/files?policy"],
    ["PUT", "/files?cors"],
    ["DELETE", "/files?lifecycle"],
    ["GET", "/files/a?torrent"],
    ["GET", "/files/a?retention"],
    ["PUT", "/files/a?legal-hold"],
    ["PUT", "/files/a?annotation&name=x"],
    ["GET", "/files/a?annotation&name=x"],
    ["GET", "/files?inventory"],
    ["GET", "/files?analytics&id=x"],
    ["POST", "/files/a?select&select-type=2"],
    ["POST", "/files"],
    ["DELETE", "/files/a?unknown"],
    ["PUT", "/files/a?partNumber=1"],
    ["HEAD", "/files?versions"],
  ])("%s %s is answered with 501, and changes nothing", async (method, path) => {
    await raw(running, "PUT", "/files/a", { body: "kept" });
    const writes = method === "PUT" || method === "POST";
    const reply = await raw(running, method, path, writes ? { body: "x" } : {});

    expect(reply.status).toBe(501);
    expect(reply.body).toContain(method === "HEAD" ? "" : "<Code>NotImplemented</Code>");
    expect((await raw(running, "GET", "/files/a")).body).toBe("kept");
  });

  test("parameters that S3 leaves to its users are let through", async () => {
    expect(
      (await raw(running, "GET", "/files/a?x-id=GetObject&X-Amz-Date=1&x-anything=1")).body,
    ).toBe("kept");
  });

  test("a presigned request may carry its headers in the query", async () => {
    await raw(running, "PUT", "/files/presigned?X-Amz-Meta-A=1&x-amz-storage-class=STANDARD_IA", {
      body: "x",
    });
    const { headers } = await raw(running, "HEAD", "/files/presigned");
    expect(headers).toMatchObject({ "x-amz-meta-a": "1", "x-amz-storage-class": "STANDARD_IA" });
  });

  test.each([
    "x-amz-meta-a=1%0d%0aX-Evil:+1",
    "x-amz-website-redirect-location=/%0d%0aX-Evil:+1",
    "x-amz-meta-%20a=1",
    "x-amz-meta-%C3%BC=1",
  ])("what could not be a header cannot be hoisted: %s", async (query) => {
    const reply = await raw(running, "PUT", `/files/hoisted?${query}`, { body: "x" });
    expect(reply.status).toBe(400);
    expect((await raw(running, "HEAD", "/files/hoisted")).status).toBe(404);
  });

  test("a preflight hears that there is no CORS", async () => {
    expect((await raw(running, "OPTIONS", "/files/a")).status).toBe(403);
  });

  test("a method that nobody knows is not allowed", async () => {
    expect((await raw(running, "PATCH", "/files/a")).status).toBe(405);
    expect((await raw(running, "DELETE", "/")).status).toBe(405);
  });
});

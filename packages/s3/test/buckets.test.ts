import {
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteBucketPolicyCommand,
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
  PutBucketPolicyCommand,
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
  running = await start({
    checkPolicy: (policy) => (policy.includes("refused") ? "It is refused." : undefined),
  });
});
afterAll(() => running[Symbol.asyncDispose]());

const send = <T>(run: (client: Running["client"]) => Promise<T>): Promise<T> => run(running.client);

test("accepts and rejects the same bucket names as S3", () => {
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
  test("can be created, found, and deleted when it is empty", async () => {
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

  test("cannot be deleted while it has versions or delete markers", async () => {
    const Bucket = "history";
    running.s3.ensureBucket(Bucket, settings());
    await send((c) => c.send(new DeleteObjectCommand({ Bucket, Key: "a" })));
    expect(await code(send((c) => c.send(new DeleteBucketCommand({ Bucket }))))).toBe(
      "BucketNotEmpty",
    );
  });

  test("is listed in pages", async () => {
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

  test("is rejected if its name is invalid", async () => {
    expect((await raw(running, "PUT", "/No_Bucket")).body).toContain(
      "<Code>InvalidBucketName</Code>",
    );
    expect(() => running.s3.ensureBucket("No_Bucket", settings())).toThrow(/not valid/);
  });

  test("is created only in the Region of the server", async () => {
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

describe("bucket settings", () => {
  test("can enable and suspend versioning, and not remove it", async () => {
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

  test("include a policy, which must be a JSON object and pass the check of the server", async () => {
    const Bucket = "guarded";
    await send((c) => c.send(new CreateBucketCommand({ Bucket })));
    const Policy = JSON.stringify({ Version: "2012-10-17", Statement: [] });
    for (const bad of ["[]", "{", '{"Statement":"refused"}']) {
      const refused = send((c) => c.send(new PutBucketPolicyCommand({ Bucket, Policy: bad })));
      await expect(refused).rejects.toMatchObject({ name: "MalformedPolicy" });
    }
    await send((c) => c.send(new PutBucketPolicyCommand({ Bucket, Policy })));
    expect(running.s3.policyOf(Bucket)).toBe(Policy);
    expect((await send((c) => c.send(new GetBucketPolicyCommand({ Bucket })))).Policy).toBe(Policy);
    await send((c) => c.send(new DeleteBucketPolicyCommand({ Bucket })));
    const gone = send((c) => c.send(new GetBucketPolicyCommand({ Bucket })));
    await expect(gone).rejects.toMatchObject({ name: "NoSuchBucketPolicy" });
  });

  test("are returned as ensureBucket set them", async () => {
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

  test("that are not set have S3's default or error", async () => {
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

  test("can set and delete tags", async () => {
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

  test("can change while the objects stay", async () => {
    const Bucket = "stays";
    running.s3.ensureBucket(Bucket, settings({ versioning: "Unversioned" }));
    await raw(running, "PUT", "/stays/a", { body: "x" });
    running.s3.ensureBucket(Bucket, settings({ notifications: [ALL_EVENTS] }));
    expect((await raw(running, "GET", "/stays/a")).body).toBe("x");
    expect(
      (await raw(running, "PUT", "/stays/a", { body: "y" })).headers["x-amz-version-id"],
    ).toBeTruthy();
  });

  test("suspend versioning if ensureBucket sets Unversioned", async () => {
    running.s3.ensureBucket("once", settings());
    running.s3.ensureBucket("once", settings({ versioning: "Unversioned" }));
    await raw(running, "PUT", "/once/a", { body: "x" });
    const { headers } = await raw(running, "HEAD", "/once/a");
    expect(headers["x-amz-version-id"]).toBe("null");
  });

  test("send one test event to a new destination", async () => {
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

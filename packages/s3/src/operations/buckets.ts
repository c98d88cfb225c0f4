import { authorize, bucketArn, type AccessContext } from "../access.ts";
import { receiveText } from "../body/receive.ts";
import type { S3Context } from "../context.ts";
import { notImplemented, S3Error } from "../error.ts";
import { MAX_DOCUMENT_BYTES } from "../limits.ts";
import { ownerPrincipal } from "../notification/event.ts";
import { NO_CONTENT, xmlReply, type Reply } from "../reply.ts";
import type { S3Request } from "../request.ts";
import type { BucketSettings } from "../settings.ts";
import { child, childText, parseRoot, type XmlChild } from "../xml.ts";
import { readLimit } from "./paging.ts";
import { bucketName, isoSeconds, requestedBucket } from "./target.ts";

const DEFAULT_REGION = "us-east-1";
const LIST_PARAMETERS = ["prefix", "max-buckets", "continuation-token", "bucket-region"];

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html */
export function listBuckets(context: S3Context, request: S3Request): Reply {
  authorize(request, "s3:ListAllMyBuckets", "arn:aws:s3:::*");
  const limit = readLimit(request, "max-buckets");
  const prefix = request.query("prefix") ?? "";
  const token = request.query("continuation-token") ?? "";
  const region = request.query("bucket-region") ?? context.region;
  const hasParameters = LIST_PARAMETERS.some((name) => request.query(name) !== undefined);
  const all = region === context.region ? context.store.buckets.all() : [];
  const left = all.filter(({ name }) => name.startsWith(prefix) && name > token);
  const page = left.slice(0, limit);
  const buckets = page.map(({ name, created }): XmlChild => [
    "Bucket",
    [
      ["Name", name],
      ["CreationDate", isoSeconds(created)],
      // S3 returns the Region only if the request has a parameter.
      ["BucketRegion", hasParameters ? context.region : undefined],
      ["BucketArn", bucketArn(name)],
    ],
  ]);
  return xmlReply("ListAllMyBucketsResult", [
    ["Owner", [["ID", ownerPrincipal(context.accountId)]]],
    ["Buckets", buckets],
    ["Prefix", prefix === "" ? undefined : prefix],
    ["ContinuationToken", left.length > page.length ? page.at(-1)?.name : undefined],
  ]);
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html */
export async function createBucket(context: S3Context, request: S3Request): Promise<Reply> {
  const name = bucketName(request);
  const access: AccessContext = {};
  const acl = request.header("x-amz-acl");
  if (acl !== undefined) access["s3:x-amz-acl"] = acl;
  authorize(request, "s3:CreateBucket", bucketArn(name), access);
  if (request.header("x-amz-bucket-object-lock-enabled")?.toLowerCase() === "true") {
    throw notImplemented("Object Lock");
  }
  checkLocation(context, await receiveText(request, MAX_DOCUMENT_BYTES));
  if (context.store.buckets.get(name)) {
    // In us-east-1, creating a bucket again succeeds.
    if (context.region === DEFAULT_REGION) return createdReply(name);
    throw new S3Error("BucketAlreadyOwnedByYou", { details: { BucketName: name } });
  }
  const settings: BucketSettings = { versioning: "Unversioned", notifications: [] };
  context.store.write(() =>
    context.store.buckets.create(name, context.clock().getTime(), settings),
  );
  return createdReply(name);
}

function createdReply(name: string): Reply {
  return { status: 200, headers: { Location: `/${name}`, "x-amz-bucket-arn": bucketArn(name) } };
}

/** Returns whether `name` is a Region other than us-east-1. "EU" is an old name of eu-west-1. */
function isOtherRegion(name: string): boolean {
  return name !== DEFAULT_REGION && (name === "EU" || /^[a-z]{2,4}(?:-[a-z]+)+-\d$/.test(name));
}

function checkLocation(context: S3Context, text: string): void {
  const constraint =
    text.trim() === ""
      ? undefined
      : childText(parseRoot(text, "CreateBucketConfiguration"), "LocationConstraint")?.trim();
  if (constraint && context.region === DEFAULT_REGION && !isOtherRegion(constraint)) {
    throw new S3Error("InvalidLocationConstraint", {
      details: { LocationConstraint: constraint },
    });
  }
  const wanted = constraint || DEFAULT_REGION;
  if (wanted === context.region) return;
  throw new S3Error("IllegalLocationConstraintException", {
    message: `The ${wanted === DEFAULT_REGION ? "unspecified" : wanted} location constraint is incompatible for the region specific endpoint this request was sent to.`,
  });
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html */
export function headBucket(context: S3Context, request: S3Request): Reply {
  const bucket = requestedBucket(context, request);
  authorize(request, "s3:ListBucket", bucketArn(bucket.name));
  const headers = {
    "x-amz-bucket-region": context.region,
    "x-amz-bucket-arn": bucketArn(bucket.name),
    "x-amz-access-point-alias": "false",
    "Content-Type": "application/xml",
  };
  return { status: 200, headers };
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucket.html */
export function deleteBucket(context: S3Context, request: S3Request): Reply {
  const bucket = requestedBucket(context, request);
  authorize(request, "s3:DeleteBucket", bucketArn(bucket.name));
  const { store } = context;
  if (!store.versions.isEmpty(bucket)) {
    const versioned = bucket.settings.versioning !== "Unversioned";
    throw new S3Error("BucketNotEmpty", {
      ...(versioned && {
        message:
          "The bucket you tried to delete is not empty. You must delete all versions in the bucket.",
      }),
      details: { BucketName: bucket.name },
    });
  }
  store.write(() => {
    store.uploads.removeAll(bucket);
    store.buckets.delete(bucket);
  });
  return NO_CONTENT;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketVersioning.html */
export function getBucketVersioning(context: S3Context, request: S3Request): Reply {
  const bucket = requestedBucket(context, request);
  authorize(request, "s3:GetBucketVersioning", bucketArn(bucket.name));
  const { versioning } = bucket.settings;
  const status = versioning === "Unversioned" ? undefined : versioning;
  return xmlReply("VersioningConfiguration", [["Status", status]]);
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketVersioning.html */
export async function putBucketVersioning(context: S3Context, request: S3Request): Promise<Reply> {
  const bucket = requestedBucket(context, request);
  authorize(request, "s3:PutBucketVersioning", bucketArn(bucket.name));
  const root = parseRoot(await receiveText(request, MAX_DOCUMENT_BYTES), "VersioningConfiguration");
  if (child(root, "MfaDelete")?.text.trim() === "Enabled") throw notImplemented("MFA delete");
  const versioning = childText(root, "Status")?.trim();
  if (versioning === undefined) throw new S3Error("IllegalVersioningConfigurationException");
  if (versioning !== "Enabled" && versioning !== "Suspended") throw new S3Error("MalformedXML");
  changeSettings(context, request, { versioning });
  return { status: 200 };
}

/** Changes some settings of a bucket in a transaction. */
export function changeSettings(
  context: S3Context,
  request: S3Request,
  change: Partial<BucketSettings>,
): void {
  context.store.write(() => {
    const bucket = requestedBucket(context, request);
    context.store.buckets.change(bucket, { ...bucket.settings, ...change });
  });
}

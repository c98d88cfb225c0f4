import { authorize, bucketArn } from "../access.ts";
import { receiveText } from "../body/receive.ts";
import type { S3Context } from "../context.ts";
import { S3Error, type S3ErrorCode } from "../error.ts";
import { MAX_DOCUMENT_BYTES, MAX_POLICY_BYTES } from "../limits.ts";
import { ownerPrincipal } from "../notification/event.ts";
import { readTaggingDocument, taggingDocument } from "../object/tagging.ts";
import { NO_CONTENT, xmlReply, type Reply } from "../reply.ts";
import type { S3Request } from "../request.ts";
import type { BucketSettings, SettingsDocument, SettingsValue } from "../settings.ts";
import type { XmlChild, XmlContent } from "../xml.ts";
import { changeSettings } from "./buckets.ts";
import { requestedBucket } from "./target.ts";

type Answer = (context: S3Context, settings: BucketSettings, bucket: string) => Reply;

/** Returns the operation that reads one setting of a bucket. */
function reader(action: `s3:${string}`, answer: Answer) {
  return (context: S3Context, request: S3Request): Reply => {
    const bucket = requestedBucket(context, request);
    authorize(request, action, bucketArn(bucket.name));
    return answer(context, bucket.settings, bucket.name);
  };
}

function absent(code: S3ErrorCode): Answer {
  return (_, __, bucket) => {
    throw missingSetting(code, bucket);
  };
}

function missingSetting(code: S3ErrorCode, bucket: string): S3Error {
  return new S3Error(code, { details: { BucketName: bucket } });
}

export const getBucketLocation = reader("s3:GetBucketLocation", ({ region }) => {
  // S3 returns an empty element for us-east-1.
  const text = region === "us-east-1" ? "" : region;
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${text}</LocationConstraint>`;
  return { status: 200, headers: { "Content-Type": "application/xml" }, body };
});

export const getBucketTagging = reader("s3:GetBucketTagging", (_, { tags }, bucket) => {
  if (Object.keys(tags ?? {}).length === 0) throw missingSetting("NoSuchTagSet", bucket);
  return xmlReply("Tagging", taggingDocument(tags));
});

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketTagging.html */
export async function putBucketTagging(context: S3Context, request: S3Request): Promise<Reply> {
  const bucket = requestedBucket(context, request);
  authorize(request, "s3:PutBucketTagging", bucketArn(bucket.name));
  const tags = readTaggingDocument(await receiveText(request, MAX_DOCUMENT_BYTES), "Bucket");
  changeSettings(context, request, { tags });
  return NO_CONTENT;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketTagging.html */
export function deleteBucketTagging(context: S3Context, request: S3Request): Reply {
  const bucket = requestedBucket(context, request);
  authorize(request, "s3:PutBucketTagging", bucketArn(bucket.name));
  changeSettings(context, request, { tags: {} });
  return NO_CONTENT;
}

export const getBucketPolicy = reader("s3:GetBucketPolicy", (_, { policy }, bucket) => {
  if (policy === undefined) throw missingSetting("NoSuchBucketPolicy", bucket);
  return { status: 200, headers: { "Content-Type": "application/json" }, body: policy };
});

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html */
export async function putBucketPolicy(context: S3Context, request: S3Request): Promise<Reply> {
  const bucket = requestedBucket(context, request);
  authorize(request, "s3:PutBucketPolicy", bucketArn(bucket.name));
  const policy = await receiveText(request, MAX_POLICY_BYTES);
  const problem = isJsonObject(policy)
    ? context.checkPolicy(policy, bucket.name)
    : "Policies must be valid JSON and the first byte must be '{'";
  if (problem !== undefined) throw new S3Error("MalformedPolicy", { message: problem });
  changeSettings(context, request, { policy });
  return NO_CONTENT;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketPolicy.html */
export function deleteBucketPolicy(context: S3Context, request: S3Request): Reply {
  const bucket = requestedBucket(context, request);
  authorize(request, "s3:DeleteBucketPolicy", bucketArn(bucket.name));
  changeSettings(context, request, { policy: undefined });
  return NO_CONTENT;
}

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false; // the caller reports it
  }
}

export const getBucketLifecycleConfiguration = reader(
  "s3:GetLifecycleConfiguration",
  (_, { lifecycle }, bucket) => {
    if (!lifecycle || lifecycle.length === 0)
      throw missingSetting("NoSuchLifecycleConfiguration", bucket);
    return xmlReply(
      "LifecycleConfiguration",
      lifecycle.map((rule): XmlChild => ["Rule", fromDocument(rule)]),
    );
  },
);

export const getPublicAccessBlock = reader(
  "s3:GetBucketPublicAccessBlock",
  (_, { publicAccessBlock }) => {
    const block = publicAccessBlock ?? {
      BlockPublicAcls: true,
      IgnorePublicAcls: true,
      BlockPublicPolicy: true,
      RestrictPublicBuckets: true,
    };
    return xmlReply("PublicAccessBlockConfiguration", Object.entries(block));
  },
);

export const getBucketEncryption = reader("s3:GetEncryptionConfiguration", () =>
  xmlReply("ServerSideEncryptionConfiguration", [
    [
      "Rule",
      [
        ["ApplyServerSideEncryptionByDefault", [["SSEAlgorithm", "AES256"]]],
        ["BucketKeyEnabled", false],
      ],
    ],
  ]),
);

export const getBucketOwnershipControls = reader("s3:GetBucketOwnershipControls", () =>
  xmlReply("OwnershipControls", [["Rule", [["ObjectOwnership", "BucketOwnerEnforced"]]]]),
);

export const getBucketAcl = reader("s3:GetBucketAcl", ({ accountId }) => ownerAcl(accountId));

/** Returns the access control list of every bucket and object: the owner has full control. */
export function ownerAcl(accountId: string): Reply {
  const id = ownerPrincipal(accountId);
  const grantee = `<Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser"><ID>${id}</ID></Grantee>`;
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<AccessControlPolicy xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Owner><ID>${id}</ID></Owner><AccessControlList><Grant>${grantee}<Permission>FULL_CONTROL</Permission></Grant></AccessControlList></AccessControlPolicy>`;
  return { status: 200, headers: { "Content-Type": "application/xml" }, body };
}

export const getBucketPolicyStatus = reader("s3:GetBucketPolicyStatus", (_, { policy }, bucket) => {
  if (policy === undefined) throw missingSetting("NoSuchBucketPolicy", bucket);
  return xmlReply("PolicyStatus", [["IsPublic", false]]);
});

export const getBucketCors = reader("s3:GetBucketCORS", absent("NoSuchCORSConfiguration"));
export const getBucketWebsite = reader("s3:GetBucketWebsite", absent("NoSuchWebsiteConfiguration"));
export const getBucketReplication = reader(
  "s3:GetReplicationConfiguration",
  absent("ReplicationConfigurationNotFoundError"),
);
export const getObjectLockConfiguration = reader(
  "s3:GetBucketObjectLockConfiguration",
  absent("ObjectLockConfigurationNotFoundError"),
);
export const getBucketLogging = reader("s3:GetBucketLogging", () =>
  xmlReply("BucketLoggingStatus", []),
);
export const getBucketAccelerateConfiguration = reader("s3:GetAccelerateConfiguration", () =>
  xmlReply("AccelerateConfiguration", []),
);
export const getBucketRequestPayment = reader("s3:GetBucketRequestPayment", () =>
  xmlReply("RequestPaymentConfiguration", [["Payer", "BucketOwner"]]),
);

function fromDocument(document: SettingsDocument): XmlChild[] {
  return Object.entries(document).flatMap(([name, value]): XmlChild[] =>
    isList(value)
      ? value.map((one): XmlChild => [name, contentOf(one)])
      : [[name, value === undefined ? undefined : contentOf(value)]],
  );
}

function contentOf(value: SettingsValue): XmlContent {
  return typeof value === "object" ? fromDocument(value) : value;
}

function isList(value: SettingsDocument[string]): value is readonly SettingsValue[] {
  return Array.isArray(value);
}

/**
 * The permissions of the functions. Each grants single IAM actions on single resources. SST adds the
 * permissions that an event source needs; there are no others.
 */

/** Read the current versions of objects. Without `listObjects`, S3 answers 403 for a missing key. */
export const readObjects = (files: sst.aws.Bucket) => ({
  actions: ["s3:GetObject"],
  resources: [$interpolate`${files.arn}/*`],
});

/** Read objects, and their versions by id. */
export const readVersions = (files: sst.aws.Bucket) => ({
  actions: ["s3:GetObject", "s3:GetObjectVersion"],
  resources: [$interpolate`${files.arn}/*`],
});

/** Read the tags of current versions. */
export const readTags = (files: sst.aws.Bucket) => ({
  actions: ["s3:GetObjectTagging"],
  resources: [$interpolate`${files.arn}/*`],
});

/** List the bucket: S3 then answers 404 for a missing key. */
export const listObjects = (files: sst.aws.Bucket) => ({
  actions: ["s3:ListBucket"],
  resources: [files.arn],
});

/** Read which events the bucket sends, and where to. */
export const readNotification = (files: sst.aws.Bucket) => ({
  actions: ["s3:GetBucketNotification"],
  resources: [files.arn],
});

/** Write single records of the catalog. `UpdateItem` also creates an item. */
export const writeRecords = (catalog: sst.aws.Dynamo) => ({
  actions: ["dynamodb:UpdateItem"],
  resources: [catalog.arn],
});

/** Read single records by their keys. */
export const readRecords = (catalog: sst.aws.Dynamo) => ({
  actions: ["dynamodb:GetItem"],
  resources: [catalog.arn],
});

/** Query the table and its indexes, without scans. */
export const queryRecords = (catalog: sst.aws.Dynamo) => ({
  actions: ["dynamodb:Query"],
  resources: [catalog.arn, $interpolate`${catalog.arn}/index/*`],
});

/** Write to one existing log group. */
export const writeLogs = (logGroup: aws.cloudwatch.LogGroup) => ({
  actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
  resources: [$interpolate`${logGroup.arn}:*`],
});

/** Query the table itself, without its indexes. */
export const queryTable = (catalog: sst.aws.Dynamo) => ({
  actions: ["dynamodb:Query"],
  resources: [catalog.arn],
});

/**
 * Restricts the role of a function. By default, SST lets the whole account assume the role, which only
 * `sst dev` needs to run the handler on your machine, and attaches `AWSLambdaBasicExecutionRole`, which
 * allows writing to any log group.
 */
export const onlyLambda = (role: aws.iam.RoleArgs) => {
  role.managedPolicyArns = [];
  if ($dev) return undefined;
  role.assumeRolePolicy = aws.iam.assumeRolePolicyForPrincipal({ Service: "lambda.amazonaws.com" });
  return undefined;
};

/**
 * What a function may do, as the verbs that `infra/` grants. Each names single IAM actions on single
 * resources; together with what SST adds for an event source they are all the authority there is.
 */

/** Read objects and their versions, but not list them: for a missing key S3 then answers 403. */
export const readObjects = (files: sst.aws.Bucket) => ({
  actions: ["s3:GetObject", "s3:GetObjectVersion"],
  resources: [$interpolate`${files.arn}/*`],
});

/** Write records of the catalogue, one at a time: an `UpdateItem` makes the item where there is none. */
export const writeRecords = (catalog: sst.aws.Dynamo) => ({
  actions: ["dynamodb:UpdateItem"],
  resources: [catalog.arn],
});

/** Read single records by their keys. */
export const readRecords = (catalog: sst.aws.Dynamo) => ({
  actions: ["dynamodb:GetItem"],
  resources: [catalog.arn],
});

/** Read ranges of the table and of its indexes, but never scan them. */
export const queryRecords = (catalog: sst.aws.Dynamo) => ({
  actions: ["dynamodb:Query"],
  resources: [catalog.arn, $interpolate`${catalog.arn}/index/*`],
});

/** Write to one log group that exists already. */
export const writeLogs = (logGroup: aws.cloudwatch.LogGroup) => ({
  actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
  resources: [$interpolate`${logGroup.arn}:*`],
});

/**
 * Closes what SST leaves open in a function's role: it lets the whole account assume it (which only
 * `sst dev` needs, to run the handler on your machine), and attaches `AWSLambdaBasicExecutionRole`, which
 * may write to any log group.
 */
export const onlyLambda = (role: aws.iam.RoleArgs) => {
  role.managedPolicyArns = [];
  if ($dev) return undefined;
  role.assumeRolePolicy = aws.iam.assumeRolePolicyForPrincipal({ Service: "lambda.amazonaws.com" });
  return undefined;
};

import type { Graph, GraphResource } from "@waybill/offline/synth";

import { statements, text } from "./graph.ts";

/** A call to AWS that a deployment makes. */
export interface Call {
  action: string;
  /** An ARN, or "*" for an action without resource-level permissions. */
  resource: string;
  context?: Record<string, string>;
  /** `deploy` creates, reads and changes; `remove` deletes. */
  phase?: "deploy" | "remove";
}

/** The calls of SST for any app: to find its buckets, and to read, write and lock the state (`pkg/project/provider`). */
export const SST_CALLS = (account: string): Call[] => {
  const parameter = (name: string) => `arn:aws:ssm:us-east-1:${account}:parameter/sst/${name}`;
  const state = ["app", "lock", "secret", "summary"].flatMap((kind) =>
    ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"].map((action) => ({
      action,
      resource: `arn:aws:s3:::sst-state-abc/${kind}/waybill/dev.json`,
    })),
  );
  return [
    { action: "ssm:GetParameter", resource: parameter("bootstrap") },
    { action: "ssm:GetParameter", resource: parameter("passphrase/waybill/dev") },
    { action: "ssm:PutParameter", resource: parameter("passphrase/waybill/dev") },
    // Without it, S3 answers 403 instead of 404 for the state of a new stage.
    { action: "s3:ListBucket", resource: "arn:aws:s3:::sst-state-abc" },
    { action: "s3:ListBucket", resource: "arn:aws:s3:::sst-asset-abc" },
    ...state,
  ];
};

interface Kind {
  /** The ARN that IAM checks: that of the parent for a subresource. */
  arn: (resource: GraphResource, graph: Graph) => string;
  deploy: string;
  remove?: string;
  /** Calls on other resources than the ARN. */
  others?: (resource: GraphResource, graph: Graph) => Call[];
}

const words = (actions: string) => actions.split(/\s+/).filter(Boolean);
const nowhere = (actions: string, phase: Call["phase"] = "deploy"): Call[] =>
  words(actions).map((action) => ({ action, resource: "*", phase }));

const own = ({ state }: GraphResource) => text(state["arn"]);
const bucket = ({ inputs, id }: GraphResource) => `arn:aws:s3:::${text(inputs["bucket"] ?? id)}`;
const fn = ({ inputs }: GraphResource, { region, accountId }: Graph) =>
  `arn:aws:lambda:${region}:${accountId}:function:${text(inputs["functionName"])}`;

const queue = ({ inputs }: GraphResource, { region, accountId }: Graph) =>
  `arn:aws:sqs:${region}:${accountId}:${text(inputs["queueUrl"]).split("/").at(-1)}`;
const ATTRIBUTES = "sqs:GetQueueAttributes sqs:SetQueueAttributes";

/**
 * By Pulumi type, the calls of the AWS provider to create, read, change and delete a resource. The provider reads every
 * part of the configuration of a bucket, including parts that are not set.
 */
const KINDS: Record<string, Kind> = {
  "aws:cloudwatch/dashboard:Dashboard": {
    arn: ({ inputs }, { accountId }) =>
      `arn:aws:cloudwatch::${accountId}:dashboard/${text(inputs["dashboardName"])}`,
    deploy: "cloudwatch:PutDashboard cloudwatch:GetDashboard",
    remove: "cloudwatch:DeleteDashboards",
  },
  "aws:cloudwatch/eventRule:EventRule": {
    arn: own,
    deploy: `events:PutRule events:DescribeRule events:ListTagsForResource events:TagResource
      events:UntagResource`,
    remove: "events:DeleteRule",
  },
  "aws:cloudwatch/eventTarget:EventTarget": {
    arn: ({ inputs }, { region, accountId }) =>
      `arn:aws:events:${region}:${accountId}:rule/${text(inputs["rule"])}`,
    deploy: "events:PutTargets events:ListTargetsByRule",
    remove: "events:RemoveTargets",
  },
  "aws:cloudwatch/logGroup:LogGroup": {
    arn: ({ inputs }, { region, accountId }) =>
      `arn:aws:logs:${region}:${accountId}:log-group:${text(inputs["name"])}`,
    deploy: `logs:CreateLogGroup logs:PutRetentionPolicy logs:DeleteRetentionPolicy logs:ListTagsForResource
      logs:TagResource logs:UntagResource`,
    remove: "logs:DeleteLogGroup",
    others: () => nowhere("logs:DescribeLogGroups"),
  },
  "aws:cloudwatch/metricAlarm:MetricAlarm": {
    arn: ({ inputs }, { region, accountId }) =>
      `arn:aws:cloudwatch:${region}:${accountId}:alarm:${text(inputs["name"])}`,
    deploy: `cloudwatch:PutMetricAlarm cloudwatch:ListTagsForResource cloudwatch:TagResource
      cloudwatch:UntagResource`,
    remove: "cloudwatch:DeleteAlarms",
    others: () => nowhere("cloudwatch:DescribeAlarms"),
  },
  "aws:dynamodb/table:Table": {
    arn: own,
    deploy: `dynamodb:CreateTable dynamodb:DescribeTable dynamodb:UpdateTable dynamodb:DescribeContinuousBackups
      dynamodb:UpdateContinuousBackups dynamodb:DescribeTimeToLive dynamodb:UpdateTimeToLive
      dynamodb:ListTagsOfResource dynamodb:TagResource dynamodb:UntagResource`,
    remove: "dynamodb:DeleteTable",
  },
  "aws:iam/role:Role": {
    arn: own,
    deploy: `iam:CreateRole iam:GetRole iam:UpdateRole iam:UpdateAssumeRolePolicy iam:TagRole iam:UntagRole
      iam:PutRolePolicy iam:GetRolePolicy iam:ListRolePolicies iam:ListAttachedRolePolicies`,
    remove: "iam:DeleteRolePolicy iam:ListInstanceProfilesForRole iam:DeleteRole",
    others: (role) => [
      {
        action: "iam:PassRole",
        resource: own(role),
        context: { "iam:PassedToService": servicesOf(role) },
        phase: "deploy",
      },
    ],
  },
  "aws:lambda/eventSourceMapping:EventSourceMapping": {
    arn: (_, { region, accountId }) =>
      `arn:aws:lambda:${region}:${accountId}:event-source-mapping:${crypto.randomUUID()}`,
    deploy: "lambda:ListTags lambda:TagResource lambda:UntagResource",
    others: (mapping, graph) => {
      const context = { "lambda:FunctionArn": fn(mapping, graph) };
      return [
        ...nowhere(`lambda:CreateEventSourceMapping lambda:GetEventSourceMapping
          lambda:UpdateEventSourceMapping`),
        ...nowhere("lambda:DeleteEventSourceMapping", "remove"),
      ].map((call) => ({ ...call, context }));
    },
  },
  "aws:lambda/function:Function": {
    arn: own,
    deploy: `lambda:CreateFunction lambda:GetFunction lambda:GetFunctionConfiguration
      lambda:GetFunctionCodeSigningConfig lambda:ListVersionsByFunction lambda:UpdateFunctionCode
      lambda:UpdateFunctionConfiguration lambda:ListTags lambda:TagResource lambda:UntagResource`,
    remove: "lambda:DeleteFunction",
  },
  "aws:lambda/functionUrl:FunctionUrl": {
    arn: fn,
    deploy:
      "lambda:CreateFunctionUrlConfig lambda:GetFunctionUrlConfig lambda:UpdateFunctionUrlConfig",
    remove: "lambda:DeleteFunctionUrlConfig",
  },
  "aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2": {
    arn: bucket,
    deploy: "s3:GetLifecycleConfiguration s3:PutLifecycleConfiguration",
  },
  "aws:s3/bucketNotification:BucketNotification": {
    arn: bucket,
    deploy: "s3:GetBucketNotification s3:PutBucketNotification",
  },
  "aws:s3/bucketObjectv2:BucketObjectv2": {
    arn: ({ inputs }) => `arn:aws:s3:::sst-asset-abc/${text(inputs["key"])}`,
    deploy: "s3:PutObject s3:PutObjectTagging s3:GetObject s3:GetObjectTagging",
    remove: "s3:DeleteObject",
  },
  "aws:s3/bucketPolicy:BucketPolicy": {
    arn: bucket,
    deploy: "s3:GetBucketPolicy s3:PutBucketPolicy",
    remove: "s3:DeleteBucketPolicy",
  },
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": {
    arn: bucket,
    deploy: "s3:GetBucketPublicAccessBlock s3:PutBucketPublicAccessBlock",
  },
  "aws:s3/bucketV2:BucketV2": {
    arn: bucket,
    deploy: `s3:CreateBucket s3:ListBucket s3:GetBucketLocation s3:GetBucketTagging s3:PutBucketTagging
      s3:GetBucketPolicy s3:GetBucketAcl s3:GetBucketCORS s3:GetBucketWebsite s3:GetBucketVersioning
      s3:GetBucketRequestPayment s3:GetBucketLogging s3:GetBucketObjectLockConfiguration
      s3:GetAccelerateConfiguration s3:GetLifecycleConfiguration s3:GetReplicationConfiguration
      s3:GetEncryptionConfiguration`,
    remove: "s3:ListBucketVersions s3:DeleteBucket",
    others: (files) =>
      ["s3:DeleteObject", "s3:DeleteObjectVersion"].map((action) => ({
        action,
        resource: `${bucket(files)}/photos/rome.jpg`,
        phase: "remove",
      })),
  },
  "aws:s3/bucketVersioningV2:BucketVersioningV2": {
    arn: bucket,
    deploy: "s3:GetBucketVersioning s3:PutBucketVersioning",
  },
  "aws:sns/topic:Topic": {
    arn: own,
    deploy: `sns:CreateTopic sns:GetTopicAttributes sns:SetTopicAttributes sns:ListTagsForResource sns:TagResource
      sns:UntagResource`,
    remove: "sns:DeleteTopic",
  },
  "aws:sns/topicSubscription:TopicSubscription": {
    arn: ({ inputs }) => text(inputs["topic"]),
    deploy: "sns:Subscribe",
    // Subscriptions have no resource-level permissions.
    others: () => [
      ...nowhere("sns:GetSubscriptionAttributes sns:SetSubscriptionAttributes"),
      ...nowhere("sns:Unsubscribe", "remove"),
    ],
  },
  "aws:sfn/stateMachine:StateMachine": {
    arn: own,
    deploy: `states:CreateStateMachine states:DescribeStateMachine states:UpdateStateMachine
      states:ListStateMachineVersions states:ListTagsForResource states:TagResource
      states:UntagResource`,
    remove: "states:DeleteStateMachine",
    // The provider validates each definition first.
    others: () => nowhere("states:ValidateStateMachineDefinition"),
  },
  "aws:sqs/queue:Queue": {
    arn: own,
    deploy: `sqs:CreateQueue sqs:GetQueueAttributes sqs:SetQueueAttributes sqs:ListQueueTags sqs:TagQueue
      sqs:UntagQueue`,
    remove: "sqs:DeleteQueue",
  },
  "aws:sqs/queuePolicy:QueuePolicy": { arn: queue, deploy: ATTRIBUTES },
  "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy": { arn: queue, deploy: ATTRIBUTES },
};

/** The service that can assume a role. */
function servicesOf({ inputs }: GraphResource): string {
  const [{ Principal } = { Principal: undefined }] = statements(inputs["assumeRolePolicy"]);
  return text((Principal as Record<string, string>)["Service"]);
}

/** Returns the calls that one resource needs. Throws for a type that `KINDS` does not have. */
export function callsOf(resource: GraphResource, graph: Graph): Call[] {
  if (!resource.type.startsWith("aws:")) return [];
  const kind = KINDS[resource.type];
  if (!kind)
    throw new Error(
      `deploy-calls.ts does not list the calls for ${resource.type}: add it to KINDS`,
    );
  const arn = kind.arn(resource, graph);
  const on = (actions: string, phase: Call["phase"]) =>
    words(actions).map((action) => ({ action, resource: arn, phase }));
  return [
    ...on(kind.deploy, "deploy"),
    ...on(kind.remove ?? "", "remove"),
    ...(kind.others?.(resource, graph) ?? []),
  ];
}

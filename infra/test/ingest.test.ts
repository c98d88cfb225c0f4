import { expect, test } from "vitest";

import { graphOf, list, only, statements, text } from "./graph.ts";

const graph = graphOf("dev");
const fn = only(graph, "aws:lambda/function:Function", /^EventsSubscriber/);
const role = only(graph, "aws:iam/role:Role", /^EventsSubscriber/);
const arn = (type: string, name?: string) => text(only(graph, type, name).state["arn"]);

const [inline] = role.inputs["inlinePolicies"] as { policy: string }[];
const granted = statements(inline?.policy);

test("the ingest role is granted the actions that it needs, and nothing else", () => {
  const grants = granted.map(({ Effect, Action, Resource }) => ({
    Effect,
    Action: list(Action).toSorted(),
    Resource: list(Resource),
  }));
  expect(grants).toEqual([
    {
      // SST adds these for an event source. Lambda needs ReceiveMessage, DeleteMessage and GetQueueAttributes
      // (AWS Lambda Developer Guide, "Using Lambda with Amazon SQS"). SST grants two more, on this queue only.
      Effect: "Allow",
      Action: [
        "sqs:ChangeMessageVisibility",
        "sqs:DeleteMessage",
        "sqs:GetQueueAttributes",
        "sqs:GetQueueUrl",
        "sqs:ReceiveMessage",
      ],
      Resource: [arn("aws:sqs/queue:Queue", "EventsQueue")],
    },
    {
      Effect: "Allow",
      Action: ["s3:GetObject", "s3:GetObjectVersion"],
      Resource: [`${arn("aws:s3/bucketV2:BucketV2")}/*`],
    },
    {
      Effect: "Allow",
      Action: ["dynamodb:UpdateItem"],
      Resource: [arn("aws:dynamodb/table:Table")],
    },
    {
      Effect: "Allow",
      Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
      Resource: [`${arn("aws:cloudwatch/logGroup:LogGroup", "IngestLogs")}:*`],
    },
  ]);
});

test("the ingest role has no managed policy", () => {
  expect(role.inputs["managedPolicyArns"]).toEqual([]);
});

test("only Lambda can assume the ingest role", () => {
  const principals = statements(role.inputs["assumeRolePolicy"]).map(({ Principal }) => Principal);
  expect(principals).toEqual([{ Service: "lambda.amazonaws.com" }]);
});

test("failed messages of a batch are retried individually, and at most 20 batches are processed at a time", () => {
  expect(only(graph, "aws:lambda/eventSourceMapping:EventSourceMapping").inputs).toMatchObject({
    functionResponseTypes: ["ReportBatchItemFailures"],
    batchSize: 10,
    maximumBatchingWindowInSeconds: 0,
    scalingConfig: { maximumConcurrency: 20 },
  });
});

test("the function runs on Node 22 on arm64, from a minified bundle", () => {
  expect(fn.inputs).toMatchObject({ runtime: "nodejs22.x", architectures: ["arm64"] });
  expect(graph.functions.find(({ id }) => id.startsWith("EventsSubscriber"))).toMatchObject({
    nodejs: { minify: true },
  });
});

test("the function has only the environment variables that SST sets", () => {
  const { variables } = fn.inputs["environment"] as { variables: Record<string, string> };
  // The app and its stage, and the key of the file that holds the links.
  expect(Object.keys(variables).toSorted()).toEqual([
    "SST_KEY",
    "SST_KEY_FILE",
    "SST_RESOURCE_App",
  ]);
});

test("the function logs JSON to its own log group, which keeps 30 days", () => {
  const group = only(graph, "aws:cloudwatch/logGroup:LogGroup", "IngestLogs");
  expect(fn.inputs["loggingConfig"]).toEqual({ logFormat: "JSON", logGroup: group.id });
  expect(group.inputs["retentionInDays"]).toBe(30);
});

test("a link has the name of a resource and grants nothing", () => {
  expect(graph.links).toEqual({
    Files: { type: "sst.aws.Bucket", name: only(graph, "aws:s3/bucketV2:BucketV2").id },
    Catalog: { type: "sst.aws.Dynamo", name: only(graph, "aws:dynamodb/table:Table").id },
    Events: { type: "sst.aws.Queue", url: only(graph, "aws:sqs/queue:Queue", "EventsQueue").id },
    DeadEvents: {
      type: "sst.aws.Queue",
      url: only(graph, "aws:sqs/queue:Queue", "DeadEventsQueue").id,
    },
    Api: {
      type: "sst.aws.Function",
      name: only(graph, "aws:lambda/function:Function", "ApiFunction").id,
      url: only(graph, "aws:lambda/functionUrl:FunctionUrl").state["functionUrl"],
    },
    Reconcile: {
      type: "sst.aws.StepFunctions",
      arn: only(graph, "aws:sfn/stateMachine:StateMachine").state["arn"],
    },
    ReconcileStep: {
      type: "sst.aws.Function",
      name: only(graph, "aws:lambda/function:Function", "ReconcileStepFunction").id,
    },
    Settings: { type: "sst.sst.Linkable", tags: false, rule: "" },
  });
});

import { expect, test } from "vitest";

import { graphOf, list, only, statements, text } from "./graph.ts";

const graph = graphOf("dev");
const fn = only(graph, "aws:lambda/function:Function", /^EventsSubscriber/);
const role = only(graph, "aws:iam/role:Role", /^EventsSubscriber/);
const arn = (type: string, name?: string) => text(only(graph, type, name).state["arn"]);

const [inline] = role.inputs["inlinePolicies"] as { policy: string }[];
const granted = statements(inline?.policy);

test("the ingest role may do what it needs and nothing else", () => {
  const grants = granted.map(({ Effect, Action, Resource }) => ({
    Effect,
    Action: list(Action).toSorted(),
    Resource: list(Resource),
  }));
  expect(grants).toEqual([
    {
      // What SST adds for an event source. Lambda's documentation names ReceiveMessage, DeleteMessage and
      // GetQueueAttributes; SST grants ChangeMessageVisibility and GetQueueUrl, on this one queue, besides.
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

test("the ingest role carries no policy that AWS manages", () => {
  expect(role.inputs["managedPolicyArns"]).toEqual([]);
});

test("nobody but Lambda can assume the ingest role", () => {
  const principals = statements(role.inputs["assumeRolePolicy"]).map(({ Principal }) => Principal);
  expect(principals).toEqual([{ Service: "lambda.amazonaws.com" }]);
});

test("a batch is retried message by message, and not more than twenty batches are under way", () => {
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

test("the function has no environment variable of ours, and none that Lambda reserves", () => {
  const { variables } = fn.inputs["environment"] as { variables: Record<string, string> };
  // SST's own: the app and its stage, and the key of the file that holds the links.
  expect(Object.keys(variables).toSorted()).toEqual([
    "SST_KEY",
    "SST_KEY_FILE",
    "SST_RESOURCE_App",
  ]);
});

test("the function logs JSON to a group of its own that forgets after a month", () => {
  const group = only(graph, "aws:cloudwatch/logGroup:LogGroup", "IngestLogs");
  expect(fn.inputs["loggingConfig"]).toEqual({ logFormat: "JSON", logGroup: group.id });
  expect(group.inputs["retentionInDays"]).toBe(30);
});

test("a link carries the name of a resource and no authority", () => {
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
  });
});

import { describe, expect, test } from "vitest";

import { plan } from "../../src/stack/plan.ts";
import type { Inputs } from "../../src/synth/graph.ts";
import { bucket, fn, graphOf, queue, resource, role, source } from "../graphs.ts";

describe("a bucket", () => {
  test("has neither versions nor notifications nor a policy where it says nothing of them", () => {
    expect(plan(graphOf([bucket("files")])).buckets).toEqual([
      {
        name: "files",
        settings: { versioning: "Unversioned", notifications: [] },
        policy: undefined,
      },
    ]);
  });

  test.each([
    ["Enabled", "Enabled"],
    ["Suspended", "Suspended"],
    ["Disabled", "Unversioned"],
  ])("whose versioning is %s is %s", (status, versioning) => {
    const versions = resource("aws:s3/bucketVersioningV2:BucketVersioningV2", "v", {
      inputs: { bucket: "files", versioningConfiguration: { status } },
    });
    const { buckets } = plan(graphOf([bucket("files"), bucket("others"), versions]));

    expect(buckets.map(({ settings }) => settings.versioning)).toEqual([versioning, "Unversioned"]);
  });

  test("has its own notifications and its own policy", () => {
    const rule = {
      id: "one",
      queueArn: "arn:aws:sqs:us-east-1:000000000000:events",
      events: ["s3:ObjectCreated:*"],
      filterPrefix: "in/",
    };
    const of = (type: string, inputs: Inputs) =>
      resource(type, "x", { inputs: { bucket: "files", ...inputs } });
    const { buckets } = plan(
      graphOf([
        bucket("files"),
        bucket("others"),
        of("aws:s3/bucketNotification:BucketNotification", { queues: [rule] }),
        of("aws:s3/bucketPolicy:BucketPolicy", { policy: { Statement: [] } }),
      ]),
    );

    expect(buckets).toMatchObject([
      { settings: { notifications: [rule] }, policy: '{"Statement":[]}' },
      { settings: { notifications: [] }, policy: undefined },
    ]);
  });
});

test("a queue has the attributes of SQS, and what is attached to it", () => {
  const events = queue("events", {
    visibilityTimeoutSeconds: 360,
    delaySeconds: 0,
    redrivePolicy: { deadLetterTargetArn: "arn:dead", maxReceiveCount: 5 },
    messageRetentionSeconds: null,
  });
  const attached = [
    resource("aws:sqs/queuePolicy:QueuePolicy", "p", {
      inputs: { queueUrl: events.id, policy: '{"Statement":[]}' },
    }),
    resource("aws:sqs/redriveAllowPolicy:RedriveAllowPolicy", "r", {
      inputs: { queueUrl: "another", redriveAllowPolicy: "{}" },
    }),
  ];

  expect(plan(graphOf([events, ...attached])).queues).toEqual([
    {
      name: "events",
      arn: "arn:aws:sqs:us-east-1:000000000000:events",
      url: events.id,
      attributes: {
        VisibilityTimeout: "360",
        DelaySeconds: "0",
        RedrivePolicy: '{"deadLetterTargetArn":"arn:dead","maxReceiveCount":5}',
        Policy: '{"Statement":[]}',
      },
    },
  ]);
});

test("a table has its keys and its indexes, in DynamoDB's words", () => {
  const table = resource("aws:dynamodb/table:Table", "CatalogTable", {
    id: "app-test-catalog",
    inputs: {
      hashKey: "pk",
      rangeKey: "sk",
      attributes: [
        { name: "pk", type: "S" },
        { name: "sk", type: "S" },
        { name: "at", type: "N" },
      ],
      globalSecondaryIndexes: [
        { name: "byTime", hashKey: "at", projectionType: "INCLUDE", nonKeyAttributes: ["x"] },
      ],
      localSecondaryIndexes: [{ name: "byAge", rangeKey: "at", projectionType: "ALL" }],
      ttl: { attributeName: "expiresAt", enabled: true },
    },
  });
  const hash = (AttributeName: string) => ({ AttributeName, KeyType: "HASH" });
  const range = (AttributeName: string) => ({ AttributeName, KeyType: "RANGE" });

  expect(plan(graphOf([table])).tables).toEqual([
    {
      TableName: "app-test-catalog",
      AttributeDefinitions: [
        { AttributeName: "pk", AttributeType: "S" },
        { AttributeName: "sk", AttributeType: "S" },
        { AttributeName: "at", AttributeType: "N" },
      ],
      KeySchema: [hash("pk"), range("sk")],
      GlobalSecondaryIndexes: [
        {
          IndexName: "byTime",
          KeySchema: [hash("at")],
          Projection: { ProjectionType: "INCLUDE", NonKeyAttributes: ["x"] },
        },
      ],
      LocalSecondaryIndexes: [
        {
          IndexName: "byAge",
          KeySchema: [hash("pk"), range("at")],
          Projection: { ProjectionType: "ALL" },
        },
      ],
      BillingMode: "PAY_PER_REQUEST",
    },
  ]);
});

describe("a function", () => {
  const mapping = (name: string, inputs: Inputs) =>
    resource("aws:lambda/eventSourceMapping:EventSourceMapping", name, { inputs });
  const url = resource("aws:lambda/functionUrl:FunctionUrl", "IngestUrl", {
    inputs: { functionName: "app-Ingest", authorizationType: "AWS_IAM" },
    state: { urlId: "abc", functionUrl: "https://abc.lambda-url.us-east-1.on.aws/" },
  });

  test("has its role, its event sources and its URL", () => {
    const events = queue("events");
    const arn = "arn:aws:sqs:us-east-1:000000000000:events";
    const graph = graphOf(
      [
        events,
        role("IngestRole", {
          inlinePolicies: [{ name: "inline", policy: '{"Statement":[]}' }],
          managedPolicyArns: ["arn:aws:iam::aws:policy/X"],
        }),
        fn("Ingest", {
          timeout: "60",
          memorySize: 512,
          environment: { variables: { OWN: "1", SST_KEY: "k", SST_KEY_FILE: "f" } },
          loggingConfig: { logGroup: "/app/ingest" },
        }),
        mapping("M", {
          eventSourceArn: arn,
          functionName: "app-Ingest",
          batchSize: 100,
          maximumBatchingWindowInSeconds: 5,
          functionResponseTypes: ["ReportBatchItemFailures"],
          scalingConfig: { maximumConcurrency: 20 },
        }),
        mapping("Other", { eventSourceArn: arn, functionName: "another" }),
        url,
      ],
      [source("Ingest")],
    );

    expect(plan(graph).functions).toEqual([
      {
        source: source("Ingest"),
        name: "app-Ingest",
        arn: "arn:aws:lambda:us-east-1:000000000000:function:app-Ingest",
        timeoutSeconds: 60,
        memoryMb: 512,
        environment: { OWN: "1" },
        logGroup: "/app/ingest",
        role: {
          name: "IngestRole",
          arn: "arn:aws:iam::000000000000:role/IngestRole",
          policies: [{ name: "inline", document: '{"Statement":[]}' }],
          managed: ["arn:aws:iam::aws:policy/X"],
          trust: '{"Version":"2012-10-17","Statement":[]}',
        },
        mappings: [
          {
            name: "M",
            queueArn: arn,
            batchSize: 100,
            windowSeconds: 5,
            maximumConcurrency: 20,
            partialResponses: true,
          },
        ],
        url: {
          urlId: "abc",
          declared: "https://abc.lambda-url.us-east-1.on.aws/",
          authorization: "AWS_IAM",
        },
      },
    ]);
  });

  test("may not set what only Lambda sets, as AWS would say when it is deployed", () => {
    const variables = { OWN: "1", AWS_REGION: "eu-west-1", _HANDLER: "x", TZ: "Asia/Tokyo" };
    const graph = graphOf(
      [role("IngestRole"), fn("Ingest", { environment: { variables } })],
      [source("Ingest")],
    );

    expect(() => plan(graph)).toThrow(
      expect.objectContaining({
        code: "provision.reserved_name",
        message:
          "the environment of IngestFunction sets AWS_REGION and _HANDLER, which only Lambda may set. Remove them.",
      }),
    );
  });

  test("has Lambda's defaults where it says nothing", () => {
    const graph = graphOf([role("IngestRole"), fn("Ingest")], [source("Ingest")]);

    expect(plan(graph).functions).toMatchObject([
      {
        timeoutSeconds: 3,
        memoryMb: 128,
        environment: {},
        logGroup: "/aws/lambda/app-Ingest",
        mappings: [],
        url: undefined,
      },
    ]);
  });

  test("may be named by its ARN, as SST 4 does", () => {
    const functionName = "arn:aws:lambda:us-east-1:000000000000:function:app-Ingest";
    const graph = graphOf(
      [
        queue("events"),
        role("IngestRole"),
        fn("Ingest"),
        mapping("M", {
          eventSourceArn: "arn:aws:sqs:us-east-1:000000000000:events",
          functionName,
        }),
        { ...url, inputs: { ...url.inputs, functionName } },
      ],
      [source("Ingest")],
    );

    expect(plan(graph).functions).toMatchObject([
      { mappings: [{ name: "M", batchSize: 10, windowSeconds: 0 }], url: { urlId: "abc" } },
    ]);
  });

  test("whose role is not of the app is refused", () => {
    expect(() => plan(graphOf([fn("Ingest")], [source("Ingest")]))).toThrow(
      "no role of this app has the ARN arn:aws:iam::000000000000:role/IngestRole",
    );
  });
});

describe("what nothing here runs is listed as declared", () => {
  const declared = (...args: Parameters<typeof graphOf>) => plan(graphOf(...args)).declared;

  test("a type that is not known", () => {
    const alarm = resource("aws:cloudwatch/metricAlarm:MetricAlarm", "Alarm");

    expect(declared([alarm, bucket("files")])).toEqual([
      "aws:cloudwatch/metricAlarm:MetricAlarm Alarm",
    ]);
  });

  test("and no component of SST, since what it is made of is listed", () => {
    expect(
      declared([resource("sst:aws:Bucket", "Files"), resource("sst:sst:LinkRef", "x")]),
    ).toEqual([]);
  });

  test("a function that SST does not build, or that Node.js does not run", () => {
    const graph = [fn("Raw"), fn("Snake"), role("SnakeRole")];

    expect(declared(graph, [source("Snake", "python3.12")])).toEqual([
      "aws:lambda/function:Function RawFunction",
      "aws:lambda/function:Function SnakeFunction",
    ]);
  });

  test("what would call a function that is not run, and a source that is no queue", () => {
    const stream = resource("aws:lambda/eventSourceMapping:EventSourceMapping", "Stream", {
      inputs: {
        eventSourceArn: "arn:aws:dynamodb:us-east-1:000000000000:table/x/stream/1",
        functionName: "app-Ingest",
      },
    });
    const url = resource("aws:lambda/functionUrl:FunctionUrl", "RawUrl", {
      inputs: { functionName: "app-Raw", authorizationType: "NONE" },
      state: { urlId: "abc", functionUrl: "https://abc/" },
    });

    expect(declared([stream, url, fn("Ingest"), role("IngestRole")], [source("Ingest")])).toEqual([
      "aws:lambda/eventSourceMapping:EventSourceMapping Stream",
      "aws:lambda/functionUrl:FunctionUrl RawUrl",
    ]);
  });

  test("the part of a resource that is not run, by its name", () => {
    const table = resource("aws:dynamodb/table:Table", "T", {
      inputs: {
        hashKey: "pk",
        attributes: [{ name: "pk", type: "S" }],
        ttl: { attributeName: "x" },
        streamEnabled: true,
      },
    });
    const notification = resource("aws:s3/bucketNotification:BucketNotification", "N", {
      inputs: { bucket: "files", topics: [{}], lambdaFunctions: [], eventbridge: false },
    });

    expect(declared([bucket("files"), table, notification])).toEqual([
      "aws:dynamodb/table:Table T (ttl)",
      "aws:dynamodb/table:Table T (streamEnabled)",
      "aws:s3/bucketNotification:BucketNotification N (topics)",
    ]);
  });

  test("a file that the app puts into a bucket, but not a function's zip", () => {
    const file = (name: string, key: string) =>
      resource("aws:s3/bucketObjectv2:BucketObjectv2", name, { inputs: { bucket: "b", key } });
    const graph = [
      file("Code", "assets/code.zip"),
      file("Seed", "seed.json"),
      fn("Ingest", { s3Key: "assets/code.zip" }),
      role("IngestRole"),
    ];

    expect(declared(graph, [source("Ingest")])).toEqual([
      "aws:s3/bucketObjectv2:BucketObjectv2 Seed",
    ]);
  });
});

test("a resource of another shape says which, and what is wrong", () => {
  const table = resource("aws:dynamodb/table:Table", "T", { inputs: { hashKey: 1 } });

  expect(() => plan(graphOf([table]))).toThrow(
    expect.objectContaining({
      code: "provision.unknown_shape",
      message: expect.stringMatching(/^aws:dynamodb\/table:Table T .*hashKey/s),
    }),
  );
});

import { expect, test } from "vitest";

import { plan } from "../../../src/stack/plan.ts";
import type { Inputs } from "../../../src/synth/graph.ts";
import { fn, graphOf, queue, resource, role, source } from "../../graphs.ts";

const mapping = (name: string, inputs: Inputs) =>
  resource("aws:lambda/eventSourceMapping:EventSourceMapping", name, { inputs });
const url = resource("aws:lambda/functionUrl:FunctionUrl", "IngestUrl", {
  inputs: { functionName: "app-Ingest", authorizationType: "AWS_IAM" },
  state: { urlId: "abc", functionUrl: "https://abc.lambda-url.us-east-1.on.aws/" },
});

test("plans a function with its role, its event sources and its URL", () => {
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
      resource("aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig", "Retries", {
        inputs: {
          functionName: "app-Ingest",
          maximumRetryAttempts: 1,
          destinationConfig: { onFailure: { destination: arn } },
        },
      }),
      mapping("Other", { eventSourceArn: arn, functionName: "another" }),
      url,
    ],
    [source("Ingest")],
  );

  expect(plan(graph).functions).toEqual([
    {
      id: "Ingest",
      code: { kind: "source", source: source("Ingest") },
      runtime: "nodejs22.x",
      links: {},
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
          isEnabled: true,
          isSent: expect.any(Function) as () => boolean,
        },
      ],
      streams: [],
      asynchronous: {
        maximumRetryAttempts: 1,
        maximumEventAgeSeconds: 21_600,
        onFailureArn: arn,
        onSuccessArn: undefined,
      },
      url: {
        urlId: "abc",
        declared: "https://abc.lambda-url.us-east-1.on.aws/",
        authorization: "AWS_IAM",
      },
    },
  ]);
});

test("rejects reserved environment variables, as AWS does at deployment", () => {
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

test("applies Lambda's defaults", () => {
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

test("matches event sources and URLs that name the function by its ARN, as in SST 4", () => {
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

const streamArn =
  "arn:aws:dynamodb:us-east-1:000000000000:table/things/stream/2026-01-01T00:00:00.002";
const table = resource("aws:dynamodb/table:Table", "ThingsTable", {
  id: "things",
  inputs: {
    hashKey: "pk",
    attributes: [{ name: "pk", type: "S" }],
    streamEnabled: true,
    streamViewType: "NEW_IMAGE",
  },
  state: { streamArn, streamLabel: "2026-01-01T00:00:00.002" },
});
const planStream = (inputs: Inputs, ...others: ReturnType<typeof mapping>[]) =>
  plan(
    graphOf(
      [
        table,
        role("IngestRole"),
        fn("Ingest"),
        mapping("M", { eventSourceArn: streamArn, functionName: "app-Ingest", ...inputs }),
        ...others,
      ],
      [source("Ingest")],
    ),
  );

test("plans the mapping of a stream with Lambda's defaults", () => {
  const { functions, declared } = planStream({ startingPosition: "LATEST" });

  expect(declared).toEqual([]);
  expect(functions[0]?.streams).toEqual([
    {
      name: "M",
      streamArn,
      startingPosition: "LATEST",
      batchSize: 100,
      windowSeconds: 0,
      parallelization: 1,
      bisect: false,
      maximumRetries: -1,
      maximumAgeSeconds: -1,
      failureArn: undefined,
      partialResponses: false,
      isEnabled: true,
      isSent: expect.any(Function) as () => boolean,
    },
  ]);
});

test("plans the mapping of a stream as declared, and lists a tumbling window", () => {
  const { functions, declared } = planStream({
    startingPosition: "TRIM_HORIZON",
    enabled: false,
    batchSize: 7,
    maximumBatchingWindowInSeconds: 3,
    parallelizationFactor: 10,
    bisectBatchOnFunctionError: true,
    maximumRetryAttempts: 2,
    maximumRecordAgeInSeconds: 60,
    functionResponseTypes: ["ReportBatchItemFailures"],
    destinationConfig: { onFailure: { destinationArn: "arn:aws:sqs:us-east-1:000000000000:dead" } },
    filterCriteria: { filters: [{ pattern: '{"eventName":["INSERT"]}' }] },
    tumblingWindowInSeconds: 30,
  });

  expect(declared).toEqual([
    "aws:lambda/eventSourceMapping:EventSourceMapping M (tumblingWindowInSeconds)",
  ]);
  const [planned] = functions[0]?.streams ?? [];
  expect(planned).toMatchObject({
    startingPosition: "TRIM_HORIZON",
    isEnabled: false,
    batchSize: 7,
    windowSeconds: 3,
    parallelization: 10,
    bisect: true,
    maximumRetries: 2,
    maximumAgeSeconds: 60,
    partialResponses: true,
    failureArn: "arn:aws:sqs:us-east-1:000000000000:dead",
  });
  expect(planned?.isSent({ eventName: "INSERT" })).toBe(true);
  expect(planned?.isSent({ eventName: "REMOVE" })).toBe(false);
});

test.each([
  ["no starting position", {}, "startingPosition"],
  [
    "a timestamp",
    { startingPosition: "AT_TIMESTAMP" },
    "Unsupported starting position for arn type",
  ],
  ["a batch size of 0", { startingPosition: "LATEST", batchSize: 0 }, "batchSize is 0"],
  ["a short age", { startingPosition: "LATEST", maximumRecordAgeInSeconds: 59 }, "from 60 to"],
  ["11 lanes", { startingPosition: "LATEST", parallelizationFactor: 11 }, "from 1 to 10"],
  [
    "an invalid filter",
    { startingPosition: "LATEST", filterCriteria: { filters: [{ pattern: '{"a":1}' }] } },
    "Invalid filter pattern definition",
  ],
])("rejects a mapping of a stream with %s", (_, inputs: Inputs, message) => {
  expect(() => planStream(inputs)).toThrow(
    expect.objectContaining({
      code: "provision.rejected",
      message: expect.stringMatching(
        `^the event source mapping M cannot be created: .*${message}`,
      ) as string,
    }),
  );
});

test("rejects a second mapping of the same stream and function", () => {
  const inputs = {
    eventSourceArn: streamArn,
    functionName: "app-Ingest",
    startingPosition: "LATEST",
  };

  expect(() => planStream(inputs, mapping("N", inputs))).toThrow("already has the same stream");
});

test("rejects a function whose role is not in the app", () => {
  expect(() => plan(graphOf([fn("Ingest")], [source("Ingest")]))).toThrow(
    "no role of this app has the ARN arn:aws:iam::000000000000:role/IngestRole",
  );
});

import { describe, expect, test } from "vitest";

import { plan } from "../../src/stack/plan.ts";
import { bucket, fn, graphOf, resource, role, source } from "../graphs.ts";

describe("lists as declared", () => {
  const declared = (...args: Parameters<typeof graphOf>) => plan(graphOf(...args)).declared;

  test("a resource of an unknown type", () => {
    const alarm = resource("aws:cloudwatch/metricAlarm:MetricAlarm", "Alarm");

    expect(declared([alarm, bucket("files")])).toEqual([
      "aws:cloudwatch/metricAlarm:MetricAlarm Alarm",
    ]);
  });

  test("no component of SST, because the resources in it are listed", () => {
    expect(
      declared([resource("sst:aws:Bucket", "Files"), resource("sst:sst:LinkRef", "x")]),
    ).toEqual([]);
  });

  test("a function that SST does not build, or that has another runtime than Node.js", () => {
    const graph = [fn("Raw"), fn("Snake"), role("SnakeRole")];

    expect(declared(graph, [source("Snake", "python3.12")])).toEqual([
      "aws:lambda/function:Function RawFunction",
      "aws:lambda/function:Function SnakeFunction",
    ]);
  });

  test("a URL of a function that does not run, and an event source that is not a queue", () => {
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

  test("an input that is ignored, by its name", () => {
    const table = resource("aws:dynamodb/table:Table", "T", {
      inputs: {
        hashKey: "pk",
        attributes: [{ name: "pk", type: "S" }],
        replicas: [{ regionName: "eu-west-1" }],
      },
    });
    const topic = resource("aws:sns/topic:Topic", "N", {
      inputs: { kmsMasterKeyId: "key", tracingConfig: undefined },
      state: { arn: "arn:aws:sns:us-east-1:000000000000:n" },
    });

    expect(declared([bucket("files"), table, topic])).toEqual([
      "aws:dynamodb/table:Table T (replicas)",
      "aws:sns/topic:Topic N (kmsMasterKeyId)",
    ]);
  });

  test("an object that the app puts into a bucket, but not the zip file of a function", () => {
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

test("rejects inputs of an unknown shape, and names the resource and the input", () => {
  const table = resource("aws:dynamodb/table:Table", "T", { inputs: { hashKey: 1 } });

  expect(() => plan(graphOf([table]))).toThrow(
    expect.objectContaining({
      code: "provision.unknown_shape",
      message: expect.stringMatching(
        /^offline cannot read the inputs of aws:dynamodb\/table:Table T: .*hashKey/s,
      ),
    }),
  );
});

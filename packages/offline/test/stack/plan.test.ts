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

  test("what a function declares and does not get offline, but not the defaults that SST writes", () => {
    const defaults = {
      ephemeralStorage: { size: 512 },
      loggingConfig: { logFormat: "Text", logGroup: "/aws/lambda/app-Plain" },
      layers: [],
    };
    const rich = fn("Rich", {
      ephemeralStorage: { size: 1024 },
      loggingConfig: { logFormat: "JSON" },
      layers: ["arn:aws:lambda:us-east-1:000000000000:layer:x:1"],
      vpcConfig: { subnetIds: ["subnet-1"], securityGroupIds: ["sg-1"] },
      fileSystemConfig: { arn: "arn:aws:elasticfilesystem:x", localMountPath: "/mnt/x" },
      reservedConcurrentExecutions: 1,
    });
    const url = (id: string, invokeMode: string) =>
      resource("aws:lambda/functionUrl:FunctionUrl", `${id}Url`, {
        inputs: { functionName: `app-${id}`, authorizationType: "NONE", invokeMode },
        state: { urlId: id, functionUrl: `https://${id}/` },
      });
    const graph = [
      fn("Plain", defaults),
      role("PlainRole", { permissionsBoundary: "arn:aws:iam::aws:policy/x" }),
      url("Plain", "BUFFERED"),
      rich,
      role("RichRole"),
      url("Rich", "RESPONSE_STREAM"),
    ];

    expect(declared(graph, [source("Plain"), source("Rich")])).toEqual([
      "aws:iam/role:Role PlainRole (permissionsBoundary)",
      "aws:lambda/function:Function RichFunction (ephemeralStorage)",
      "aws:lambda/function:Function RichFunction (fileSystemConfig)",
      "aws:lambda/function:Function RichFunction (layers)",
      "aws:lambda/function:Function RichFunction (loggingConfig)",
      "aws:lambda/function:Function RichFunction (reservedConcurrentExecutions)",
      "aws:lambda/function:Function RichFunction (vpcConfig)",
      "aws:lambda/functionUrl:FunctionUrl RichUrl (invokeMode)",
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

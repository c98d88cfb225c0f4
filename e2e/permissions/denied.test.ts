import * as DynamoDB from "@aws-sdk/client-dynamodb";
import * as S3 from "@aws-sdk/client-s3";
import * as SQS from "@aws-sdk/client-sqs";
import { recordKey } from "@waybill/core/catalog/keys";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { control, removeStage, type Stack, startStack } from "../stack.ts";

// Every action that a function is not granted is denied: these tests send requests with the function's own credentials.

const stage = `deny-${process.pid}`;
let stack: Stack;
let credentials: { name: string; accessKeyId: string; secretAccessKey: string }[];

beforeAll(async () => {
  stack = await startStack({ stage });
  credentials = (await control(stack, "credentials")) as typeof credentials;
  const owner = clients({
    accessKeyId: stack.env["AWS_ACCESS_KEY_ID"] ?? "",
    secretAccessKey: stack.env["AWS_SECRET_ACCESS_KEY"] ?? "",
  });
  await owner.s3.send(new S3.PutObjectCommand({ Bucket: bucket(), Key: "there", Body: "x" }));
});

afterAll(async () => {
  await stack.stop();
  await removeStage(stage);
});

function linked(link: string, property: string): string {
  const properties = JSON.parse(stack.env[`SST_RESOURCE_${link}`] ?? "{}") as Record<
    string,
    string
  >;
  return properties[property] ?? "";
}
const bucket = () => linked("Files", "name");
const table = () => linked("Catalog", "name");

function clients(keys: { accessKeyId: string; secretAccessKey: string }) {
  const config = {
    endpoint: stack.endpoint,
    region: stack.env["AWS_REGION"] ?? "",
    credentials: keys,
    maxAttempts: 1,
  };
  return {
    s3: new S3.S3Client(config),
    dynamodb: new DynamoDB.DynamoDBClient(config),
    sqs: new SQS.SQSClient(config),
  };
}

function as(name: string) {
  const found = credentials.find((each) => each.name.endsWith(name));
  if (!found) throw new Error(`no function has a name that ends with ${name}`);
  return clients(found);
}

type Clients = ReturnType<typeof clients>;
type Attempt = (clients: Clients) => Promise<unknown>;

const object = () => ({ Bucket: bucket(), Key: "there" });
const item = () => {
  const { pk, sk } = recordKey(bucket(), "there");
  return { TableName: table(), Key: { pk: { S: pk }, sk: { S: sk } } };
};
const pk = () => ({ ":pk": { S: recordKey(bucket(), "there").pk } });

const READ_OBJECT: Record<string, Attempt> = {
  "s3:GetObject": ({ s3 }) => s3.send(new S3.GetObjectCommand(object())),
};
const CHANGE_OBJECTS: Record<string, Attempt> = {
  "s3:PutObject": ({ s3 }) => s3.send(new S3.PutObjectCommand({ ...object(), Body: "y" })),
  "s3:DeleteObject": ({ s3 }) => s3.send(new S3.DeleteObjectCommand(object())),
  "s3:PutObject, by copy": ({ s3 }) =>
    s3.send(
      new S3.CopyObjectCommand({ ...object(), Key: "copy", CopySource: `${bucket()}/there` }),
    ),
  "s3:PutObject, in parts": ({ s3 }) => s3.send(new S3.CreateMultipartUploadCommand(object())),
  "s3:PutObjectTagging": ({ s3 }) =>
    s3.send(new S3.PutObjectTaggingCommand({ ...object(), Tagging: { TagSet: [] } })),
  "s3:GetObjectTagging": ({ s3 }) => s3.send(new S3.GetObjectTaggingCommand(object())),
  "s3:ListBucket": ({ s3 }) => s3.send(new S3.ListObjectsV2Command({ Bucket: bucket() })),
  "s3:ListBucketVersions": ({ s3 }) =>
    s3.send(new S3.ListObjectVersionsCommand({ Bucket: bucket() })),
  "s3:ListAllMyBuckets": ({ s3 }) => s3.send(new S3.ListBucketsCommand({})),
  "s3:GetBucketNotification": ({ s3 }) =>
    s3.send(new S3.GetBucketNotificationConfigurationCommand({ Bucket: bucket() })),
  "s3:PutBucketNotification": ({ s3 }) =>
    s3.send(
      new S3.PutBucketNotificationConfigurationCommand({
        Bucket: bucket(),
        NotificationConfiguration: {},
      }),
    ),
  "s3:PutBucketVersioning": ({ s3 }) =>
    s3.send(
      new S3.PutBucketVersioningCommand({
        Bucket: bucket(),
        VersioningConfiguration: { Status: "Suspended" },
      }),
    ),
  "s3:CreateBucket": ({ s3 }) => s3.send(new S3.CreateBucketCommand({ Bucket: "another-bucket" })),
  "s3:DeleteBucket": ({ s3 }) => s3.send(new S3.DeleteBucketCommand({ Bucket: bucket() })),
};
const READ_RECORDS: Record<string, Attempt> = {
  "dynamodb:GetItem": ({ dynamodb }) => dynamodb.send(new DynamoDB.GetItemCommand(item())),
  "dynamodb:Query": ({ dynamodb }) =>
    dynamodb.send(
      new DynamoDB.QueryCommand({
        TableName: table(),
        KeyConditionExpression: "pk = :pk",
        ExpressionAttributeValues: pk(),
      }),
    ),
};
const UPDATE_RECORD: Record<string, Attempt> = {
  "dynamodb:UpdateItem": ({ dynamodb }) => dynamodb.send(new DynamoDB.UpdateItemCommand(item())),
};
const OTHER_ACTIONS_ON_TABLES: Record<string, Attempt> = {
  "dynamodb:PutItem": ({ dynamodb }) =>
    dynamodb.send(new DynamoDB.PutItemCommand({ TableName: table(), Item: item().Key })),
  "dynamodb:DeleteItem": ({ dynamodb }) => dynamodb.send(new DynamoDB.DeleteItemCommand(item())),
  "dynamodb:Scan": ({ dynamodb }) =>
    dynamodb.send(new DynamoDB.ScanCommand({ TableName: table() })),
  "dynamodb:BatchGetItem": ({ dynamodb }) =>
    dynamodb.send(
      new DynamoDB.BatchGetItemCommand({ RequestItems: { [table()]: { Keys: [item().Key] } } }),
    ),
  "dynamodb:BatchWriteItem": ({ dynamodb }) =>
    dynamodb.send(
      new DynamoDB.BatchWriteItemCommand({
        RequestItems: { [table()]: [{ DeleteRequest: { Key: item().Key } }] },
      }),
    ),
  "dynamodb:DeleteItem, in a transaction": ({ dynamodb }) =>
    dynamodb.send(new DynamoDB.TransactWriteItemsCommand({ TransactItems: [{ Delete: item() }] })),
  "dynamodb:DescribeTable": ({ dynamodb }) =>
    dynamodb.send(new DynamoDB.DescribeTableCommand({ TableName: table() })),
  "dynamodb:DeleteTable": ({ dynamodb }) =>
    dynamodb.send(new DynamoDB.DeleteTableCommand({ TableName: table() })),
  "dynamodb:ListTables": ({ dynamodb }) => dynamodb.send(new DynamoDB.ListTablesCommand({})),
  "dynamodb:UpdateItem, of another table": ({ dynamodb }) =>
    dynamodb.send(new DynamoDB.UpdateItemCommand({ ...item(), TableName: "another-table" })),
};
const CONSUME: Record<string, Attempt> = {
  "sqs:ReceiveMessage": ({ sqs }) =>
    sqs.send(new SQS.ReceiveMessageCommand({ QueueUrl: linked("Events", "url") })),
};
const OTHER_ACTIONS_ON_QUEUES: Record<string, Attempt> = {
  "sqs:SendMessage": ({ sqs }) =>
    sqs.send(new SQS.SendMessageCommand({ QueueUrl: linked("Events", "url"), MessageBody: "x" })),
  "sqs:PurgeQueue": ({ sqs }) =>
    sqs.send(new SQS.PurgeQueueCommand({ QueueUrl: linked("Events", "url") })),
  "sqs:SetQueueAttributes": ({ sqs }) =>
    sqs.send(
      new SQS.SetQueueAttributesCommand({
        QueueUrl: linked("Events", "url"),
        Attributes: { Policy: "" },
      }),
    ),
  "sqs:ListQueues": ({ sqs }) => sqs.send(new SQS.ListQueuesCommand({})),
  "sqs:ReceiveMessage, of dead letters": ({ sqs }) =>
    sqs.send(new SQS.ReceiveMessageCommand({ QueueUrl: linked("DeadEvents", "url") })),
};

/** "allowed", or the name of the error. */
const attempt = (call: Attempt, using: Clients) =>
  call(using).then(
    () => "allowed",
    (error: unknown) => (error instanceof Error ? error.name : String(error)),
  );

/** S3 and SQS, and DynamoDB. */
const DENIED = /^(AccessDenied|AccessDeniedException)$/;

describe("the ingest function", () => {
  const allowed = { ...READ_OBJECT, ...UPDATE_RECORD, ...CONSUME };
  const denied = {
    ...CHANGE_OBJECTS,
    ...READ_RECORDS,
    ...OTHER_ACTIONS_ON_TABLES,
    ...OTHER_ACTIONS_ON_QUEUES,
  };

  test.each(Object.entries(denied))("is denied %s", async (_, call) => {
    expect(await attempt(call, as("-ingest"))).toMatch(DENIED);
  });

  test.each(Object.entries(allowed))("is allowed %s", async (_, call) => {
    expect(await attempt(call, as("-ingest"))).toBe("allowed");
  });
});

describe("the API function", () => {
  const denied = {
    ...READ_OBJECT,
    ...CHANGE_OBJECTS,
    ...UPDATE_RECORD,
    ...OTHER_ACTIONS_ON_TABLES,
    ...CONSUME,
    ...OTHER_ACTIONS_ON_QUEUES,
  };

  test.each(Object.entries(denied))("is denied %s", async (_, call) => {
    expect(await attempt(call, as("-api"))).toMatch(DENIED);
  });

  test.each(Object.entries(READ_RECORDS))("is allowed %s", async (_, call) => {
    expect(await attempt(call, as("-api"))).toBe("allowed");
  });
});

describe("the reconcile function", () => {
  const {
    "s3:ListBucket": list,
    "s3:GetBucketNotification": notification,
    ...others
  } = CHANGE_OBJECTS;
  const denied = { ...others, ...OTHER_ACTIONS_ON_TABLES, ...CONSUME, ...OTHER_ACTIONS_ON_QUEUES };
  const allowed = {
    ...READ_OBJECT,
    ...READ_RECORDS,
    ...UPDATE_RECORD,
    ...(list && notification && { list, notification }),
  };

  test.each(Object.entries(denied))("is denied %s", async (_, call) => {
    expect(await attempt(call, as("-reconcile"))).toMatch(DENIED);
  });

  test.each(Object.entries(allowed))("is allowed %s", async (_, call) => {
    expect(await attempt(call, as("-reconcile"))).toBe("allowed");
  });
});

test("a caller that may not list the bucket receives 403 for a missing object", async () => {
  const missing = new S3.HeadObjectCommand({ Bucket: bucket(), Key: "not there" });
  await expect(as("-ingest").s3.send(missing)).rejects.toMatchObject({
    $metadata: { httpStatusCode: 403 },
  });
});

test("rejects an unknown access key", async () => {
  const unknown = clients({ accessKeyId: "AKIAUNKNOWNUNKNOWN22", secretAccessKey: "secret" });
  await expect(unknown.s3.send(new S3.GetObjectCommand(object()))).rejects.toMatchObject({
    name: "InvalidAccessKeyId",
  });
});

test("rejects a known access key with a wrong secret key", async () => {
  const [known] = credentials;
  const forged = clients({ accessKeyId: known?.accessKeyId ?? "", secretAccessKey: "guessed" });
  await expect(forged.s3.send(new S3.GetObjectCommand(object()))).rejects.toMatchObject({
    name: "SignatureDoesNotMatch",
  });
});

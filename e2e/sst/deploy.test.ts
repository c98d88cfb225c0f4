import {
  DeleteQueueCommand,
  ListQueuesCommand,
  SendMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import {
  GetObjectCommand,
  HeadBucketCommand,
  ListBucketsCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import * as z from "zod";

import { makeSstApp, type RunningCommand, sst, type SstApp, startOffline } from "./sst.ts";

const CONFIG = `/// <reference path="./.sst/platform/config.d.ts" />
export default $config({
  app: ({ stage }) => ({ name: "app", home: "aws", removal: "remove", protect: stage === "kept" }),
  async run() {
    return (await import("./infra/app.ts")).default;
  },
});
`;

const INFRA = `
const token = new sst.Secret("Token", "none");
const files = new sst.aws.Bucket("Files");
const jobs = new sst.aws.Queue("Jobs");
jobs.subscribe({ handler: "src/jobs.handler", runtime: "nodejs22.x", link: [files, token], timeout: "20 seconds" });
new aws.cloudwatch.Dashboard("Board", { dashboardName: "board", dashboardBody: "{}" });
export default { files: files.name, jobs: jobs.url };
`;

const handlerThatWrites = (word: string) => `
import { Resource } from "sst";
import { writeFile } from "./s3.ts";
export const handler = async (event) => {
  for (const { body } of event.Records) {
    await writeFile(Resource.Files.name, body, ${JSON.stringify(word)} + " " + Resource.Token.value);
  }
};
`;

/** Without an SDK, which would have to be bundled. */
const S3 = `
import { createHash, createHmac } from "node:crypto";
const hmac = (key, text) => createHmac("sha256", key).update(text).digest();
export async function writeFile(bucket, key, text) {
  const { AWS_ENDPOINT_URL, AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } = process.env;
  const url = new URL(\`/\${bucket}/\${key}\`, AWS_ENDPOINT_URL);
  const date = new Date().toISOString().replaceAll(/[-:]|\\.\\d+/g, "");
  const hash = createHash("sha256").update(text).digest("hex");
  const headers = { host: url.host, "x-amz-content-sha256": hash, "x-amz-date": date };
  const names = Object.keys(headers).join(";");
  const lines = Object.entries(headers).map(([name, value]) => \`\${name}:\${value}\\n\`).join("");
  const request = ["PUT", url.pathname, "", lines, names, hash].join("\\n");
  const scope = \`\${date.slice(0, 8)}/\${AWS_REGION}/s3/aws4_request\`;
  const toSign = ["AWS4-HMAC-SHA256", date, scope, createHash("sha256").update(request).digest("hex")].join("\\n");
  const key4 = scope.split("/").reduce((key, part) => hmac(key, part), "AWS4" + AWS_SECRET_ACCESS_KEY);
  const signature = hmac(key4, toSign).toString("hex");
  const authorization = \`AWS4-HMAC-SHA256 Credential=\${AWS_ACCESS_KEY_ID}/\${scope}, SignedHeaders=\${names}, Signature=\${signature}\`;
  const response = await fetch(url, { method: "PUT", body: text, headers: { ...headers, authorization } });
  if (!response.ok) throw new Error(await response.text());
}
`;

const FILES = {
  "sst.config.ts": CONFIG,
  "infra/app.ts": INFRA,
  "src/jobs.ts": handlerThatWrites("one"),
  "src/s3.ts": S3,
};

const Ready = z.object({ endpoint: z.string(), env: z.record(z.string(), z.string()) });

/** The offline AWS of a stage, which runs during the tests, and clients for it. */
async function startAws(app: SstApp, stage: string) {
  const aws = startOffline(app.root, [
    "aws",
    "--json",
    `--stage=${stage}`,
    "--port=0",
    "--retry-seconds=0",
  ]);
  await vi.waitUntil(() => aws.output().includes('"ready"'), { timeout: 60_000 });
  const line = aws
    .output()
    .split("\n")
    .find((each) => each.includes('"ready"'));
  const { endpoint, env } = Ready.parse(JSON.parse(line ?? ""));
  const settings = {
    endpoint,
    region: env["AWS_REGION"] ?? "",
    credentials: {
      accessKeyId: env["AWS_ACCESS_KEY_ID"] ?? "",
      secretAccessKey: env["AWS_SECRET_ACCESS_KEY"] ?? "",
    },
  };
  return {
    aws,
    s3: new S3Client({ ...settings, forcePathStyle: true }),
    sqs: new SQSClient(settings),
  };
}

const Outputs = z.object({ files: z.string(), jobs: z.string() });

// The tests run in order: each continues with the stage that the one before has left.
describe("sst, with an offline AWS", { timeout: 240_000 }, () => {
  let app: SstApp;
  let aws: RunningCommand;
  let s3: S3Client;
  let sqs: SQSClient;

  const run = (command: string, ...args: string[]) =>
    sst(app.root, command, "--stage=test", ...args);
  const outputs = () => Outputs.parse(JSON.parse(app.read(".sst/outputs.json")));
  /** Sends a job, and returns what the function then writes. */
  const work = async (job: string) => {
    const { files, jobs } = outputs();
    await sqs.send(new SendMessageCommand({ QueueUrl: jobs, MessageBody: job }));
    return vi.waitFor(
      async () => {
        const { Body } = await s3.send(new GetObjectCommand({ Bucket: files, Key: job }));
        return Body?.transformToString();
      },
      { timeout: 60_000, interval: 100 },
    );
  };

  /** The bucket in which SST's CLI keeps its state. */
  const stateBucket = async () => {
    const { Buckets = [] } = await s3.send(new ListBucketsCommand({}));
    return Buckets.find(({ Name = "" }) => Name.startsWith("sst-state-"))?.Name;
  };

  beforeAll(async () => {
    app = makeSstApp(FILES);
    ({ aws, s3, sqs } = await startAws(app, "test"));
  }, 90_000);

  afterAll(async () => {
    aws.child.kill("SIGTERM");
    await aws.ended;
    app.remove();
  });

  test("says that a stage that was never deployed does not exist", async () => {
    const { code, output } = await run("diff");
    expect(output).toContain("Stage not found");
    expect(code).toBe(1);
  });

  test("deploys an app that runs, and names what offline does not run", async () => {
    const { code, output } = await run("deploy");
    expect(output).toContain("✓  Complete");
    expect(output).toMatch(
      /Declared but not run offline:\n +aws:cloudwatch\/dashboard:Dashboard Board/,
    );
    expect(code).toBe(0);
    expect(await work("first")).toBe("one none");
  });

  test("changes nothing with a second deployment", async () => {
    const before = outputs();
    const { code, output } = await run("deploy");
    expect(output).toContain("✓  No changes");
    expect(code).toBe(0);
    expect(outputs()).toEqual(before);
  });

  test("keeps what is deployed while the offline AWS does not run", async () => {
    const { code, output } = await run("shell", "--", "sh", "-c", "echo $SST_RESOURCE_Files");
    expect(output).toContain(outputs().files);
    expect(code).toBe(0);
    aws.child.kill("SIGKILL");
    await aws.ended;
    ({ aws, s3, sqs } = await startAws(app, "test"));
    expect(await work("restarted")).toBe("one none");
  });

  test("shows a change with diff, and runs it after deploy", async () => {
    app.write("infra/app.ts", INFRA.replace('"20 seconds"', '"30 seconds"'));
    app.write("src/jobs.ts", handlerThatWrites("two"));
    const diff = await run("diff");
    expect(diff.output).toMatch(/\* +JobsSubscriber\w+ .*Function aws:lambda:Function/);
    expect(diff.output).toContain("timeout = 30");
    expect(await work("before")).toBe("one none");

    expect((await run("deploy")).output).toContain("Updated");
    expect(await work("after")).toBe("two none");
  });

  test("keeps secrets, which functions see after a deployment", async () => {
    await run("secret", "set", "Token", "s3cr3t");
    expect((await run("secret", "list")).output).toContain("Token=s3cr3t");
    const { output } = await run("deploy");
    expect(output).not.toContain("s3cr3t");
    expect(await work("secret")).toBe("two s3cr3t");
    expect((await run("state", "export")).output).not.toContain('"s3cr3t"');
    expect((await run("secret", "remove", "Token")).output).toContain("Removed");
  });

  test("reports an error of the config as SST does, and keeps what runs", async () => {
    app.write("infra/app.ts", 'throw new Error("no infrastructure today");');
    const { code, output } = await run("deploy");
    expect(output).toContain("no infrastructure today");
    expect(output).toContain("✕  Failed");
    expect(code).toBe(1);
    app.write("infra/app.ts", INFRA);
    expect(await work("kept")).toBe("two s3cr3t");
  });

  test("refuses options of Pulumi that its engine does not have", async () => {
    const { code, output } = await run("deploy", "--target", "Files");
    expect(output).toContain(
      "offline does not support the option --target and --target-dependents of Pulumi",
    );
    expect(code).toBe(1);
  });

  test("forgets with refresh what somebody has deleted, and creates it again", async () => {
    await sqs.send(new DeleteQueueCommand({ QueueUrl: outputs().jobs }));
    expect((await run("refresh")).output).toContain("Deleted");
    expect((await run("deploy")).output).toMatch(/Created +Jobs sst:aws:Queue → JobsQueue/);
    expect(await work("again")).toBe("two none");
  });

  test("deploys one at a time, and ends a lock with unlock", async () => {
    const lock = { Bucket: await stateBucket(), Key: "lock/app/test.json" };
    await s3.send(
      new PutObjectCommand({
        ...lock,
        Body: JSON.stringify({ created: new Date(), updateID: "other" }),
      }),
    );
    expect((await run("deploy")).output).toContain("A concurrent update was detected");
    expect((await run("unlock")).output).toContain("Unlocked");
    expect((await run("deploy")).output).toContain("✓  No changes");
  });

  test("removes everything", async () => {
    const { files } = outputs();
    const { code, output } = await run("remove");
    expect(output).toContain("Removed");
    expect(code).toBe(0);
    await expect(s3.send(new HeadBucketCommand({ Bucket: files }))).rejects.toMatchObject({
      $metadata: { httpStatusCode: 404 },
    });
    const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand({}));
    expect(QueueUrls).toEqual([]);
  });

  test("does not remove a protected stage", async () => {
    const { code, output } = await sst(app.root, "remove", "--stage=kept");
    expect(output).toMatch(/protect/i);
    expect(code).toBe(1);
  });
});

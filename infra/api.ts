import { onlyLambda, queryRecords, readRecords, writeLogs } from "./authority.ts";
import { catalog } from "./catalog.ts";
import { files } from "./files.ts";
import { named } from "./stage.ts";

const logGroup = new aws.cloudwatch.LogGroup("ApiLogs", {
  name: `/waybill/${$app.stage}/api`,
  retentionInDays: 30,
});

/**
 * Answers queries over HTTP. Its URL takes only requests that are signed by somebody of the account who
 * may `lambda:InvokeFunctionUrl` and `lambda:InvokeFunction` on it.
 */
export const api = new sst.aws.Function("Api", {
  name: named("api"),
  handler: "packages/functions/src/api.handler",
  runtime: "nodejs22.x",
  architecture: "arm64",
  memory: "512 MB",
  timeout: "30 seconds",
  url: { authorization: "iam", cors: false },
  link: [files, catalog],
  permissions: [readRecords(catalog), queryRecords(catalog), writeLogs(logGroup)],
  logging: { format: "json", logGroup: logGroup.name },
  nodejs: { minify: true },
  transform: { role: onlyLambda },
});

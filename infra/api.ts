import { onlyLambda, queryRecords, readRecords, writeLogs } from "./authority.ts";
import { catalog } from "./catalog.ts";
import { files } from "./files.ts";
import { named } from "./stage.ts";

const logGroup = new aws.cloudwatch.LogGroup("ApiLogs", {
  name: `/waybill/${$app.stage}/api`,
  retentionInDays: 30,
});

/**
 * The query API. Its URL accepts only signed requests of a caller in the account that is allowed
 * `lambda:InvokeFunctionUrl` and `lambda:InvokeFunction` on the function.
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

import { DescribeAlarmsCommand } from "@aws-sdk/client-cloudwatch";
import { DescribeContinuousBackupsCommand } from "@aws-sdk/client-dynamodb";
import { DescribeRuleCommand, EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { LambdaClient, ListEventSourceMappingsCommand } from "@aws-sdk/client-lambda";
import { ListSubscriptionsByTopicCommand, SNSClient } from "@aws-sdk/client-sns";
import { GetQueueAttributesCommand } from "@aws-sdk/client-sqs";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";

import { call } from "../aws/call.ts";
import { CLIENT_CONFIG } from "../aws/client.ts";
import { cloudwatch } from "../aws/cloudwatch.ts";
import { dynamodb } from "../aws/dynamodb.ts";
import { sqs } from "../aws/sqs.ts";
import { arnOf } from "../queue/index.ts";
import { app, catalogTable, eventSource, eventsQueue, filesBucket } from "../resource.ts";
import { type CheckResult, ok, problem, warning } from "./check.ts";
import { maySend } from "./rules.ts";

const DEPLOY = "Deploy the stage after `sst refresh --stage <stage>`.";

/** Awaits a request of a check. Throws a `ServiceError` (`doctor.not_checked`). */
const callCheck = <T>(request: Promise<T>): Promise<T> =>
  call(request, "doctor.not_checked", "The request failed.");

/** Who asks. */
export async function checkIdentity(): Promise<CheckResult> {
  const sts = new STSClient(CLIENT_CONFIG);
  const { Arn, Account } = await callCheck(sts.send(new GetCallerIdentityCommand({})));
  return ok(`${Arn} in the account ${Account}.`);
}

/** Whether the queue of events accepts those of the bucket. */
export async function checkQueuePolicy(): Promise<CheckResult> {
  const request = new GetQueueAttributesCommand({
    QueueUrl: eventsQueue(),
    AttributeNames: ["Policy"],
  });
  const { Attributes } = await callCheck(sqs.send(request));
  const source = eventSource();
  const isAllowed =
    source.kind === "eventbridge"
      ? maySend(Attributes?.["Policy"], "events.amazonaws.com", source.ruleArn)
      : maySend(Attributes?.["Policy"], "s3.amazonaws.com", `arn:aws:s3:::${filesBucket()}`);
  if (isAllowed) return ok("The queue accepts the events of the bucket.");
  return problem("The policy of the queue does not accept the events of the bucket.", DEPLOY);
}

/** Whether the rule of a stage that follows an existing bucket is enabled. */
export async function checkRule(): Promise<CheckResult> {
  const source = eventSource();
  if (source.kind !== "eventbridge") return ok("Not used: the bucket notifies the queue itself.");
  const events = new EventBridgeClient(CLIENT_CONFIG);
  const name = source.ruleArn.split("/").at(-1) ?? "";
  const { State } = await callCheck(events.send(new DescribeRuleCommand({ Name: name })));
  if (State === "ENABLED") return ok(`The rule ${name} is enabled.`);
  return problem(`The rule ${name} is ${State?.toLowerCase()}: no event arrives.`, DEPLOY);
}

/** Whether the ingest function receives the events. */
export async function checkEventSource(): Promise<CheckResult> {
  const lambda = new LambdaClient(CLIENT_CONFIG);
  const EventSourceArn = await arnOf(eventsQueue());
  const { EventSourceMappings: [mapping] = [] } = await callCheck(
    lambda.send(new ListEventSourceMappingsCommand({ EventSourceArn })),
  );
  if (mapping === undefined) return problem("No function receives the events.", DEPLOY);
  if (mapping.State === "Enabled") return ok("The ingest function receives the events.");
  return problem(`The event source mapping is ${mapping.State?.toLowerCase()}.`, DEPLOY);
}

/** Whether the alarms exist, and whether somebody receives them. */
export async function checkAlarms(): Promise<CheckResult> {
  const { name, stage } = app();
  const { MetricAlarms = [] } = await callCheck(
    cloudwatch.send(new DescribeAlarmsCommand({ AlarmNamePrefix: `${name}-${stage}-` })),
  );
  if (MetricAlarms.length === 0) return problem("The stage has no alarms.", DEPLOY);
  const raised = MetricAlarms.filter(({ StateValue }) => StateValue === "ALARM");
  if (raised.length > 0) {
    const names = raised.map(({ AlarmName = "" }) => AlarmName).join(", ");
    return problem(`Raised: ${names}.`, "docs/runbook.md has a section for each.");
  }
  const [TopicArn] = MetricAlarms.flatMap(({ AlarmActions = [] }) => AlarmActions);
  if (TopicArn === undefined) return problem("The alarms have no topic.", DEPLOY);
  const sns = new SNSClient(CLIENT_CONFIG);
  const { Subscriptions = [] } = await callCheck(
    sns.send(new ListSubscriptionsByTopicCommand({ TopicArn })),
  );
  const confirmed = Subscriptions.filter(({ SubscriptionArn }) => SubscriptionArn?.includes(":"));
  if (confirmed.length > 0) {
    return ok(`${MetricAlarms.length} alarms, none is raised; ${confirmed.length} receive them.`);
  }
  const hint = "Set `alarmEmail` in infra/stage.ts, and confirm the message of AWS.";
  return warning(`The ${MetricAlarms.length} alarms have no receiver.`, hint);
}

/** Whether the table can be restored. */
export async function checkRecovery(): Promise<CheckResult> {
  const { ContinuousBackupsDescription: backups } = await callCheck(
    dynamodb.send(new DescribeContinuousBackupsCommand({ TableName: catalogTable() })),
  );
  const { PointInTimeRecoveryStatus } = backups?.PointInTimeRecoveryDescription ?? {};
  if (PointInTimeRecoveryStatus === "ENABLED") return ok("Point-in-time recovery is on.");
  return warning(
    "Point-in-time recovery of the table is off.",
    `${DEPLOY} Records can also be made again with \`waybill backfill\`, without their history.`,
  );
}

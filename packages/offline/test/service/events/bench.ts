import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import { GetQueueUrlCommand, type Message, ReceiveMessageCommand } from "@aws-sdk/client-sqs";
import * as z from "zod";

import type { Credentials } from "../../../src/edge/credentials.ts";
import { type Stack, type StackEvent, startStack } from "../../../src/index.ts";
import { makeApp } from "../../app.ts";
import { clientsOf } from "../../clients.ts";
import { ManualClock } from "./manual-clock.ts";

const INFRA = `
const files = new sst.aws.Bucket("Files");
new aws.s3.BucketNotification("FilesNotification", { bucket: files.name, eventbridge: true });
const others = new sst.aws.Bucket("Others");

const queue = (name, allowed = []) => {
  const created = new aws.sqs.Queue(name, { name });
  if (allowed.length > 0) {
    new aws.sqs.QueuePolicy(name + "Policy", {
      queueUrl: created.url,
      policy: aws.iam.getPolicyDocumentOutput({
        statements: [{
          actions: ["sqs:SendMessage"],
          resources: [created.arn],
          principals: [{ type: "Service", identifiers: ["events.amazonaws.com"] }],
          conditions: [{ test: "ArnEquals", variable: "aws:SourceArn", values: allowed }],
        }],
      }).json,
    });
  }
  return created;
};
const onObject = $jsonStringify({ source: ["aws.s3"], detail: { bucket: { name: [files.name] } } });

const created = new aws.cloudwatch.EventRule("ObjectRule", { name: "objects", eventPattern: onObject });
new aws.cloudwatch.EventTarget("ObjectTarget", { rule: created.name, arn: queue("objects", [created.arn]).arn });

const denied = new aws.cloudwatch.EventRule("DeniedRule", { name: "denied", eventPattern: onObject });
new aws.cloudwatch.EventTarget("DeniedTarget", {
  rule: denied.name,
  arn: queue("unreachable", [created.arn]).arn,
  deadLetterConfig: { arn: queue("dead", [denied.arn]).arn },
});

const path = new aws.cloudwatch.EventRule("PathRule", { name: "path", eventPattern: onObject, state: "DISABLED" });
new aws.cloudwatch.EventTarget("PathTarget", {
  rule: path.name,
  arn: queue("keys", [path.arn]).arn,
  inputPath: "$.detail.object.key",
  targetId: "keys",
});

const bus = new sst.aws.Bus("Orders");
bus.subscribeQueue("Placed", new sst.aws.Queue("PlacedOrders"), { pattern: { source: ["shop"], detail: { total: [{ numeric: [">", 10] }] } } });
bus.subscribe("Print", "src/print.handler", { pattern: { detailType: ["print"] } });
const unsubscribed = new sst.aws.Function("Unsubscribed", { handler: "src/print.handler", link: [bus] });
const forbidden = new aws.cloudwatch.EventRule("ForbiddenRule", { name: "forbidden", eventPattern: $jsonStringify({ source: ["forbidden"] }) });
new aws.cloudwatch.EventTarget("ForbiddenTarget", { rule: forbidden.name, arn: unsubscribed.arn });

const roleFor = (name, service, action, resource) =>
  new aws.iam.Role(name, {
    assumeRolePolicy: aws.iam.assumeRolePolicyForPrincipal({ Service: service }),
    inlinePolicies: [{
      name: "inline",
      policy: aws.iam.getPolicyDocumentOutput({ statements: [{ actions: [action], resources: [resource] }] }).json,
    }],
  });
const machine = new aws.sfn.StateMachine("Machine", {
  name: "machine",
  roleArn: roleFor("MachineRole", "states.amazonaws.com", "lambda:InvokeFunction", unsubscribed.arn).arn,
  definition: $jsonStringify({
    QueryLanguage: "JSONata",
    StartAt: "Print",
    States: {
      Print: {
        Type: "Task",
        Resource: "arn:aws:states:::lambda:invoke",
        Arguments: { FunctionName: unsubscribed.arn, Payload: "{% $states.input %}" },
        End: true,
      },
    },
  }),
});
const machineRule = new aws.cloudwatch.EventRule("MachineRule", { name: "machine", eventPattern: $jsonStringify({ source: ["machine"] }) });
new aws.cloudwatch.EventTarget("MachineTarget", {
  rule: machineRule.name,
  arn: machine.arn,
  roleArn: roleFor("StartRole", "events.amazonaws.com", "states:StartExecution", machine.arn).arn,
});

new sst.aws.Cron("Daily", { schedule: "cron(0 9 * * ? *)", function: "src/print.handler", event: { job: "daily" } });
new sst.aws.Cron("Off", { schedule: "rate(1 hour)", function: "src/print.handler", event: { job: "off" }, enabled: false });
const hourly = new aws.cloudwatch.EventRule("HourlyRule", { name: "hourly", scheduleExpression: "rate(1 hour)" });
new aws.cloudwatch.EventTarget("HourlyTarget", { rule: hourly.name, arn: queue("hourly", [hourly.arn]).arn });
`;
const PRINT = "export const handler = async (event) => console.log(JSON.stringify(event));";

/** A running app with rules, schedules and a bus, whose queues and functions a test reads. */
export class EventsBench {
  readonly clock: ManualClock;
  readonly log: readonly StackEvent[];
  readonly stack: Stack;
  /** Clients of the stage's owner. */
  readonly clients: ReturnType<typeof clientsOf>;
  readonly events: EventBridgeClient;
  readonly #remove: () => void;

  private constructor(clock: ManualClock, log: StackEvent[], stack: Stack, remove: () => void) {
    this.clock = clock;
    this.log = log;
    this.stack = stack;
    this.clients = clientsOf(stack.env);
    this.events = this.clientOf(stack.owner);
    this.#remove = remove;
  }

  static async start(): Promise<EventsBench> {
    const app = await makeApp({ "infra/app.ts": INFRA, "src/print.ts": PRINT });
    const clock = new ManualClock("2026-11-27T08:00:30Z");
    const log: StackEvent[] = [];
    const stack = await startStack({
      root: app.root,
      stage: "events",
      port: 0,
      retrySeconds: 0,
      workers: 1,
      polling: true,
      clock,
      onEvent: (event) => log.push(event),
    });
    return new EventsBench(clock, log, stack, () => app.remove());
  }

  async close(): Promise<void> {
    await this.stack.close();
    this.#remove();
  }

  clientOf(credentials: Credentials): EventBridgeClient {
    const { endpoint, graph } = this.stack;
    return new EventBridgeClient({ endpoint, region: graph.region, credentials, maxAttempts: 1 });
  }

  /** The credentials of a function. */
  async credentialsOf(id: string): Promise<Credentials> {
    const response = await fetch(`${this.stack.endpoint}/_offline/credentials`, {
      method: "POST",
      headers: { "x-offline-token": this.stack.token },
    });
    const all = z
      .array(z.object({ name: z.string(), accessKeyId: z.string(), secretAccessKey: z.string() }))
      .parse(await response.json());
    const found = all.find(({ name }) => name.includes(id));
    if (found === undefined) throw new Error(`the function ${id} does not exist`);
    return found;
  }

  bucket(name: string): string {
    return this.stack.plan.buckets.find((each) => each.name.includes(name))?.name ?? "";
  }

  get busName(): string {
    return this.stack.plan.buses.find((name) => name.includes("Orders")) ?? "";
  }

  async put(Bucket: string, Key: string): Promise<void> {
    await this.clients.s3.send(new PutObjectCommand({ Bucket, Key, Body: "hello" }));
  }

  /** Waits for a message. Later calls do not return it again. */
  async receive(name: string, WaitTimeSeconds = 20): Promise<Message | undefined> {
    const { sqs } = this.clients;
    const QueueName = this.stack.plan.queues.find((queue) => queue.name.includes(name))?.name;
    const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName }));
    const { Messages: [message] = [] } = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl,
        WaitTimeSeconds,
        VisibilityTimeout: 3600,
        MessageAttributeNames: ["All"],
      }),
    );
    return message;
  }

  /** What functions have printed. */
  readonly printed = (): unknown[] =>
    this.log.flatMap((event) =>
      event.type === "log" && event.line.startsWith("{") ? (JSON.parse(event.line) as unknown) : [],
    );

  get problems(): string[] {
    return this.log.flatMap((event) => (event.type === "problem" ? event.message : []));
  }
}

/** The JSON of the body of a message. */
export const bodyOf = (message: Message | undefined): unknown =>
  JSON.parse(message?.Body ?? "null");

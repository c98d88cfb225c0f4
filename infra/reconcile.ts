import {
  listObjects,
  onlyLambda,
  queryTable,
  readNotification,
  readObjects,
  readRecords,
  readTags,
  writeLogs,
  writeRecords,
} from "./authority.ts";
import { catalog } from "./catalog.ts";
import { events } from "./events.ts";
import { files } from "./files.ts";
import { stageSettings } from "./settings.ts";
import { named, settings } from "./stage.ts";

const logGroup = new aws.cloudwatch.LogGroup("ReconcileLogs", {
  name: `/waybill/${$app.stage}/reconcile`,
  retentionInDays: 30,
});

/** Compares the bucket with the catalog, one range of keys at a time, and repairs the differences. */
export const reconcile = new sst.aws.Function("ReconcileStep", {
  name: named("reconcile"),
  handler: "packages/functions/src/reconcile.handler",
  runtime: "nodejs22.x",
  architecture: "arm64",
  memory: "1024 MB",
  timeout: "140 seconds",
  link: [files, catalog, events, stageSettings],
  permissions: [
    listObjects(files),
    readNotification(files),
    readObjects(files),
    ...(settings.tags ? [readTags(files)] : []),
    writeRecords(catalog),
    readRecords(catalog),
    queryTable(catalog),
    writeLogs(logGroup),
  ],
  logging: { format: "json", logGroup: logGroup.name },
  nodejs: { minify: true },
  transform: { role: onlyLambda },
});

const { StepFunctions } = sst.aws;
const MACHINE = named("reconcile");

/** Invokes the function for one step. Its output is the response of the function. */
function step(
  name: string,
  payload: Record<string, unknown>,
  { assign, attempts }: { assign?: Record<string, string>; attempts: number },
) {
  const task = StepFunctions.lambdaInvoke({
    name,
    function: reconcile,
    payload,
    output: "{% $states.result.Payload %}",
    ...(assign && { assign }),
  });
  task.retry({ interval: "2 seconds", maxAttempts: attempts });
  return task;
}

const plan = step(
  "Plan",
  {
    step: "plan",
    execution: "{% $states.context.Execution.Name %}",
    order: "{% $states.input %}",
  },
  {
    assign: {
      pass: "{% $states.result.Payload.pass %}",
      concurrency: "{% $states.result.Payload.concurrency %}",
      progress: "{% $states.result.Payload.progress %}",
    },
    attempts: 4,
  },
);

// One attempt after the first fits into the five minutes of an express workflow. A range that fails does
// not fail the others: it stays open, and the next round continues it.
const range = step(
  "Range",
  { step: "range", pass: "{% $states.input.pass %}", range: "{% $states.input.range %}" },
  { attempts: 1 },
);
range.catch(StepFunctions.pass({ name: "RangeFailed", output: { state: "failed" } }));

const ranges = StepFunctions.map({
  name: "Ranges",
  mode: "express",
  items: "{% $states.input.open %}",
  itemSelector: { pass: "{% $pass %}", range: "{% $states.context.Map.Item.Value %}" },
  maxConcurrency: "{% $concurrency %}",
  processor: range,
  // The results are in the catalog's table.
  output: {},
});

const collect = step(
  "Collect",
  { step: "collect", pass: "{% $pass %}", progress: "{% $progress %}" },
  { assign: { progress: "{% $states.result.Payload.progress %}" }, attempts: 4 },
);

const NEXT_ROUND = "NextRound";
const choice = StepFunctions.choice({ name: "IsDone" })
  .when("{% $states.input.status = 'open' %}", StepFunctions.pass({ name: NEXT_ROUND }))
  .when(
    "{% $states.input.status in ['complete', 'different'] %}",
    StepFunctions.succeed({ name: "Done" }),
  )
  .otherwise(
    StepFunctions.fail({
      name: "Stalled",
      error: "reconcile.stalled",
      cause: "A round of all ranges came no further. The log of the function says why.",
    }),
  );

// In this order: `catch` goes to the first state before the one it is given.
ranges.catch(collect);
plan.next(ranges).next(collect).next(choice);

/** Makes the last state of a round lead to the next one. SST's states cannot have a cycle. */
function withLoop(definition: string): string {
  const machine = JSON.parse(definition) as { States: Record<string, Record<string, unknown>> };
  const { End: _, ...last } = machine.States[NEXT_ROUND] ?? {};
  machine.States[NEXT_ROUND] = { ...last, Next: "Ranges" };
  return JSON.stringify(machine);
}

const [region, account] = [3, 4].map((part) => catalog.arn.apply((arn) => arn.split(":")[part]));
const machineArn = $interpolate`arn:aws:states:${region}:${account}:stateMachine:${MACHINE}`;

// SST lets every state machine use all of EventBridge, and start and describe all executions.
$transform(aws.iam.Role, (args, _, name) => {
  if (name !== "ReconcileRole") return;
  args.inlinePolicies = [
    {
      name: "inline",
      policy: aws.iam.getPolicyDocumentOutput({
        statements: [
          { actions: ["lambda:InvokeFunction"], resources: [reconcile.arn] },
          // A distributed map runs its children as executions of the same state machine.
          { actions: ["states:StartExecution"], resources: [machineArn] },
          {
            actions: ["states:DescribeExecution", "states:StopExecution"],
            resources: [$interpolate`arn:aws:states:${region}:${account}:execution:${MACHINE}:*`],
          },
        ],
      }).json,
    },
  ];
});

/** Compares the whole bucket, or a prefix of it, with the catalog: `waybill reconcile start`. */
export const machine = new StepFunctions("Reconcile", {
  definition: plan,
  logging: false,
  transform: {
    stateMachine: (args) => {
      args.name = MACHINE;
      args.definition = $util.output(args.definition).apply(withLoop);
      args.loggingConfiguration = undefined;
    },
  },
});

if (settings.verifyEvery) {
  const role = new aws.iam.Role("ScheduleRole", {
    name: named("schedule"),
    assumeRolePolicy: aws.iam.assumeRolePolicyForPrincipal({ Service: "events.amazonaws.com" }),
    inlinePolicies: [
      {
        name: "inline",
        policy: aws.iam.getPolicyDocumentOutput({
          statements: [{ actions: ["states:StartExecution"], resources: [machine.arn] }],
        }).json,
      },
    ],
  });
  const schedule = new aws.cloudwatch.EventRule("Schedule", {
    name: named("schedule"),
    description: "Compares the bucket with the catalog.",
    scheduleExpression: `rate(${settings.verifyEvery})`,
  });
  new aws.cloudwatch.EventTarget("ScheduleTarget", {
    rule: schedule.name,
    arn: machine.arn,
    roleArn: role.arn,
    input: "{}",
  });
}

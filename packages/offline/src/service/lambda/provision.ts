import path from "node:path";

import { cloudwatch } from "../cloudwatch/provision.ts";
import { planStreams } from "../dynamodb/provision.ts";
import type { Running, Service } from "../service.ts";
import { isTestEvent } from "../s3/notifications.ts";
import { s3 } from "../s3/provision.ts";
import { planQueues } from "../sqs/provision.ts";
import { AsyncInvoker } from "./async-invoker.ts";
import { lambdaCommands } from "./commands.ts";
import { LAMBDA_CONDITION_KEYS } from "./iam.ts";
import { FunctionUrls, URL_PATH } from "./function-urls.ts";
import { functionUrlFront } from "./front.ts";
import { Functions } from "./functions.ts";
import { functionPolicies } from "./permissions.ts";
import { FUNCTION_TYPES, type FunctionPlan, isRun, planFunctions } from "./plan.ts";
import { type Outcome, RuntimeApi } from "./runtime-api.ts";

export interface RunningLambda extends Running {
  /** The ARN of a function that runs, by name or ARN. */
  arnOf(nameOrArn: string): string | undefined;
  /** Invokes a function with a JSON event. Never rejects. */
  invoke(arn: string, payload: string): Promise<Outcome>;
  /** Accepts an event for a function, and retries as Lambda does. Throws an error for an unknown function. */
  invokeAsync(arn: string, payload: string): void;
}

export const lambda: Service<{ functions: FunctionPlan[] }, RunningLambda> = {
  types: FUNCTION_TYPES,
  conditionKeys: LAMBDA_CONDITION_KEYS,
  plan(graph) {
    const queues = new Set(planQueues(graph).map(({ arn }) => arn));
    const streams = new Set([...planStreams(graph).values()].map(({ arn }) => arn));
    return { functions: planFunctions(graph, queues, streams) };
  },
  runs: (resource, { functions }, graph) => isRun(resource, functions, graph),
  rolesOf: ({ functions }) => functions.map(({ role }) => role),
  addressesOf: ({ functions }, endpoint) =>
    functions.flatMap(({ url }): [string, string][] =>
      url ? [[url.declared, `${endpoint}${URL_PATH}${url.urlId}/`]] : [],
    ),
  open(stage, { functions: plans }) {
    const runtimeApi = new RuntimeApi();
    const urls = new FunctionUrls();
    const { metrics } = stage.running(cloudwatch);
    const policies = functionPolicies(stage.graph, plans);
    const functions = new Functions(plans, { stage, runtimeApi, urls, metrics });
    const asynchronous = new AsyncInvoker({
      stage,
      folder: path.join(stage.folder, "invocations"),
      functions: plans,
      invoke: (arn, payload) => functions.invoke(arn, payload),
    });
    const invokeAsync = (arn: string, payload: string) => {
      if (functions.arnOf(arn) === undefined) throw new Error(`Function not found: ${arn}`);
      asynchronous.invoke(arn, payload);
    };
    const buckets = stage.running(s3);
    return {
      arnOf: (nameOrArn) => functions.arnOf(nameOrArn),
      invoke: (arn, payload) => functions.invoke(arn, payload),
      invokeAsync,
      front: functionUrlFront(urls),
      endpoint: runtimeApi,
      policyOf(resource) {
        const document = policies.get(resource);
        if (document === undefined) return undefined;
        return { name: `the policy of the function ${resource}`, document };
      },
      commands: lambdaCommands(plans, functions, stage),
      status: () => ({
        mappings: functions.mappings.map(({ settings, report }) => ({
          queue: settings.queueArn,
          ...report,
        })),
        streamMappings: functions.streams.all.map(({ plan, report }) => ({
          stream: plan.streamArn,
          name: plan.name,
          ...report,
        })),
      }),
      provision: () => functions.streams.provision(plans),
      async start() {
        await functions.start();
        asynchronous.start();
        buckets.onNotification("lambda", (arn, body) => {
          if (!isTestEvent(body)) invokeAsync(arn, body);
          else if (functions.arnOf(arn) === undefined)
            throw new Error(`Function not found: ${arn}`);
        });
      },
      stop() {
        buckets.onNotification("lambda", undefined);
        asynchronous.stop();
        return functions.close();
      },
    };
  },
};

import { cloudwatch } from "../cloudwatch/provision.ts";
import type { Service } from "../service.ts";
import { planQueues } from "../sqs/provision.ts";
import { lambdaCommands } from "./commands.ts";
import { LAMBDA_CONDITION_KEYS } from "./iam.ts";
import { FunctionUrls, URL_PATH } from "./function-urls.ts";
import { functionUrlFront } from "./front.ts";
import { Functions } from "./functions.ts";
import { FUNCTION_TYPES, type FunctionPlan, isRun, planFunctions } from "./plan.ts";
import { RuntimeApi } from "./runtime-api.ts";

export const lambda: Service<{ functions: FunctionPlan[] }> = {
  types: FUNCTION_TYPES,
  conditionKeys: LAMBDA_CONDITION_KEYS,
  plan(graph) {
    const queues = new Set(planQueues(graph).map(({ arn }) => arn));
    return { functions: planFunctions(graph, queues) };
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
    const functions = new Functions(plans, { stage, runtimeApi, urls, metrics });
    return {
      front: functionUrlFront(urls),
      endpoint: runtimeApi,
      commands: lambdaCommands(plans, functions, stage),
      status: () => ({
        mappings: functions.mappings.map(({ settings, report }) => ({
          queue: settings.queueArn,
          ...report,
        })),
      }),
      start: () => functions.start(),
      stop: () => functions.close(),
    };
  },
};

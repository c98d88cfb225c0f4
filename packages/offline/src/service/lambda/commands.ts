import * as z from "zod";

import type { Commands } from "../../edge/control.ts";
import type { Stage } from "../service.ts";
import type { Functions } from "./functions.ts";
import type { FunctionPlan } from "./plan.ts";

/** An action of the role of a function, or of a role. */
const WithholdInput = z.array(
  z.union([
    z.object({ fn: z.string(), action: z.string() }),
    z.object({ role: z.string(), action: z.string() }),
  ]),
);

/** Control commands of functions, with which tests check permissions and end workers. */
export function lambdaCommands(
  plans: readonly FunctionPlan[],
  functions: Functions,
  { graph, keyring, authority }: Stage,
): Commands {
  const { accountId } = graph;
  const roleOf = (name: string): string => {
    const plan = plans.find((fn) => fn.name === name);
    if (!plan) throw new Error(`the function ${name} does not exist`);
    return plan.role.arn;
  };
  return {
    credentials: () =>
      plans.map(({ name, role }) => ({
        name,
        ...keyring.issue({ type: "role", arn: role.arn, accountId, session: name }),
      })),
    withhold: (input) => {
      const withheld = WithholdInput.parse(input);
      authority.withhold(
        withheld.map(({ action, ...of }) => ({
          role: "role" in of ? of.role : roleOf(of.fn),
          action,
        })),
      );
    },
    "kill-workers": (input) => ({
      killed: functions.killWorkers(z.enum(["all", "one"]).default("all").parse(input)),
    }),
  };
}

import * as z from "zod";

import type { Authority } from "./edge/authority.ts";
import type { Commands } from "./edge/control.ts";
import type { Keyring } from "./edge/credentials.ts";
import type { Faults } from "./edge/faults.ts";
import type { Meter } from "./edge/meter.ts";
import type { Functions } from "./functions.ts";
import type { Plan } from "./provision/index.ts";
import type { Stores } from "./stores.ts";

const share = z.number().min(0).max(1);
const FaultsInput = z.object({
  rules: z.array(
    z.object({
      service: z.string(),
      operation: z.exactOptional(z.string()),
      match: z.exactOptional(z.string()),
      kind: z.enum(["throttle", "error", "deny", "timeout", "reset", "lost"]),
      rate: share,
      times: z.exactOptional(z.int().min(0)),
    }),
  ),
  notifications: z
    .object({ duplicate: share, reorder: share, delaySeconds: z.int().min(1).max(900) })
    .optional(),
  seed: z.int().optional(),
});
const WithholdInput = z.array(z.object({ fn: z.string(), action: z.string() }));
const ObjectInput = z.object({ bucket: z.string(), key: z.string() });
const TransitionInput = z.object({ ...ObjectInput.shape, storageClass: z.string() });

interface Checks {
  authority: Authority;
  keyring: Keyring;
  meter: Meter;
  faults: Faults;
}

/** What a running stack does for whoever holds its token: tests, mostly. */
export function controlCommands(
  plan: Plan,
  { s3, sqs }: Stores,
  functions: Functions,
  accountId: string,
  { authority, keyring, meter, faults }: Checks,
): Commands {
  const roleOf = (name: string): string => {
    const found = plan.functions.find((fn) => fn.name === name);
    if (!found) throw new Error(`there is no function ${name}`);
    return found.role.arn;
  };
  return {
    ping: () => ({}),
    status: () => ({
      calls: meter.counts(),
      faults: faults.counts(),
      pendingNotifications: s3.pendingNotifications(),
      queues: plan.queues.map(({ name, arn }) => ({ name, ...sqs.depth(arn) })),
      mappings: functions.mappings.map(({ settings, report }) => ({
        queue: settings.queueArn,
        ...report,
      })),
    }),
    "reset-meter": () => meter.reset(),
    faults: (input) => {
      const { rules, notifications, seed } = FaultsInput.parse(input);
      faults.set(rules, notifications, seed);
    },
    // What a function could do with its own credentials, and what it could not do with fewer actions.
    credentials: () =>
      plan.functions.map(({ name, role }) => ({
        name,
        ...keyring.issue({ type: "role", arn: role.arn, accountId, session: name }),
      })),
    withhold: (input) => {
      const withheld = WithholdInput.parse(input);
      authority.withhold(withheld.map(({ fn, action }) => ({ role: roleOf(fn), action })));
    },
    "kill-workers": (input) => ({
      killed: functions.killWorkers(z.enum(["all", "one"]).default("all").parse(input)),
    }),
    expire: (input) => {
      const { bucket, key } = ObjectInput.parse(input);
      return { expired: s3.expire(bucket, key) };
    },
    transition: (input) => {
      const { bucket, key, storageClass } = TransitionInput.parse(input);
      s3.transition(bucket, key, storageClass);
    },
  };
}

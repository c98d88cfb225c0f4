import { describe, expect, test } from "vitest";

import { plan } from "../../../src/stack/plan.ts";
import type { Inputs } from "../../../src/synth/graph.ts";
import { graphOf, queue, resource } from "../../graphs.ts";

const rule = (name: string, inputs: Inputs) =>
  resource("aws:cloudwatch/eventRule:EventRule", name, {
    inputs: { name, ...inputs },
    state: { arn: `arn:aws:events:us-east-1:000000000000:rule/${name}` },
  });
const target = (name: string, inputs: Inputs) =>
  resource("aws:cloudwatch/eventTarget:EventTarget", name, {
    inputs: { rule: "r", arn: "arn:aws:sqs:us-east-1:000000000000:jobs", ...inputs },
  });
const bus = (name: string) =>
  resource("aws:cloudwatch/eventBus:EventBus", name, { inputs: { name } });
const PATTERN = { eventPattern: '{"source":["x"]}' };

describe("a rule", () => {
  test("has the targets of its own bus", () => {
    const { rules } = plan(
      graphOf([
        queue("jobs"),
        bus("b"),
        rule("r", { ...PATTERN, eventBusName: "b" }),
        target("T1", { eventBusName: "arn:aws:events:us-east-1:000000000000:event-bus/b" }),
        target("T2", {}),
      ]),
    );

    expect(rules[0]).toMatchObject({ bus: "b", isEnabled: true, targets: [{ resource: "T1" }] });
  });

  test.each([{ state: "DISABLED" }, { isEnabled: false }])("is disabled by %j", (inputs) => {
    expect(plan(graphOf([rule("r", { ...PATTERN, ...inputs })])).rules[0]?.isEnabled).toBe(false);
  });

  test.each([
    [{ eventPattern: '{"source":"x"}' }, "source must be an object or a list"],
    [{ eventPattern: "{" }, "is not JSON"],
    [{ scheduleExpression: "rate(1 minutes)" }, "must be singular"],
    [{ scheduleExpression: "cron(0 0 1 * 1 *)" }, "must be ?"],
    [{ scheduleExpression: "rate(1 day)", eventBusName: "b" }, "only rules of the default bus"],
    [{}, "must have an event pattern or a schedule expression"],
  ])("is rejected with %j", (inputs, message) => {
    expect(() => plan(graphOf([bus("b"), rule("r", inputs)]))).toThrow(message);
  });
});

describe("a target", () => {
  const graph = (inputs: Inputs) => graphOf([rule("r", PATTERN), target("T", inputs)]);

  test.each([
    [{ inputTransformer: { inputTemplate: "<a>" } }, "does not support its inputTransformer"],
    [{ inputPath: "$.a[*]" }, "does not support its inputPath"],
    [{ input: "x" }, "is not JSON"],
  ])("is rejected with %j", (inputs, message) => {
    expect(() => plan(graph(inputs))).toThrow(message);
  });

  test("of another service, and on an unknown bus, is only declared", () => {
    const type = "aws:cloudwatch/eventTarget:EventTarget T";
    const arn = "arn:aws:ecs:us-east-1:000000000000:cluster/c";

    expect(plan(graph({ arn })).declared).toEqual([type]);
    expect(plan(graph({ eventBusName: "elsewhere" })).declared).toEqual([type]);
    expect(plan(graph({ retryPolicy: { maximumRetryAttempts: 1 } })).declared).toEqual([
      `${type} (retryPolicy)`,
    ]);
  });
});

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { collapse } from "../../src/ingest/collapse.ts";
import type { ChangedEvent, SequencedEvent } from "../../src/notification/event.ts";
import { event, refresh } from "../catalog/changes.ts";

const changed: ChangedEvent = refresh(0).event;
const entries = (...events: (SequencedEvent | ChangedEvent)[]) =>
  events.map((each) => ({ event: each }));

describe("the events of one key", () => {
  test("are superseded by the last created or removed event, in any order of arrival", () => {
    const orders = fc.shuffledSubarray([1, 2, 3, 4, 5], { minLength: 1 });
    fc.assert(
      fc.property(orders, (order) => {
        const all = entries(...order.map((n) => event(n % 2 ? "created" : "removed", n)));
        const [step, ...more] = collapse(all);
        expect(step?.last.event).toEqual(all[order.indexOf(Math.max(...order))]?.event);
        expect(step?.superseded).toHaveLength(order.length - 1);
        expect(more).toEqual([]);
      }),
    );
  });

  test("are applied in the order: created and removed, expired, changed", () => {
    const steps = collapse(entries(changed, event("expired", 9), event("created", 1), changed));
    expect(steps.map(({ last }) => last.event.kind)).toEqual(["created", "expired", "changed"]);
  });

  test("do not lose an expiration to a creation whose sequencer is greater", () => {
    const steps = collapse(entries(event("expired", 1), event("created", 5)));
    expect(steps.map(({ last }) => last.event.kind)).toEqual(["created", "expired"]);
  });

  test("are each returned once, also if two are equal", () => {
    const all = entries(event("created", 1), event("created", 1), changed, changed);
    const settled = collapse(all).flatMap(({ last, superseded }) => [last, ...superseded]);
    expect(new Set(settled)).toEqual(new Set(all));
    expect(settled).toHaveLength(4);
  });

  test("can be empty", () => {
    expect(collapse([])).toEqual([]);
  });
});

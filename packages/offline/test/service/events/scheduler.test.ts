import { beforeEach, describe, expect, test } from "vitest";

import { parseSchedule } from "../../../src/service/events/schedule.ts";
import { Scheduler } from "../../../src/service/events/scheduler.ts";
import { ManualClock } from "./manual-clock.ts";

let clock: ManualClock;
let scheduler: Scheduler;
let due: string[];

beforeEach(() => {
  clock = new ManualClock("2026-11-27T10:30:20Z");
  scheduler = new Scheduler(clock);
  due = [];
});

const start = (expression: string) =>
  scheduler.start("task", parseSchedule(expression), (time) => due.push(time.toISOString()));

describe("a scheduler", () => {
  test("runs a rate from the start, and a cron expression at its minutes", () => {
    start("rate(2 minutes)");
    scheduler.start("cron", parseSchedule("cron(0/2 * * * ? *)"), (time) =>
      due.push(time.toISOString()),
    );
    clock.moveTo("2026-11-27T10:34:20Z");

    expect(due).toEqual([
      "2026-11-27T10:32:00.000Z",
      "2026-11-27T10:32:20.000Z",
      "2026-11-27T10:34:00.000Z",
      "2026-11-27T10:34:20.000Z",
    ]);
  });

  test("skips the times that a sleeping machine missed, and keeps the beat of a rate", () => {
    start("rate(1 minute)");
    clock.sleepUntil("2026-11-27T11:30:50Z");
    clock.moveTo("2026-11-27T11:31:20Z");

    expect(due).toEqual(["2026-11-27T10:31:20.000Z", "2026-11-27T11:31:20.000Z"]);
  });

  test("runs a task once if it is started twice", () => {
    start("rate(1 minute)");
    start("rate(1 minute)");
    clock.moveTo("2026-11-27T10:31:30Z");

    expect(due).toHaveLength(1);
  });

  test("stops a task, and all tasks when it closes", () => {
    start("rate(1 minute)");
    scheduler.stop("task");
    clock.moveTo("2026-11-27T10:40:00Z");
    expect(due).toEqual([]);

    start("rate(1 minute)");
    scheduler.close();
    expect(clock.pending).toBe(0);
  });
});

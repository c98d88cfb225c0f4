import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { sleep, systemClock } from "../src/clock.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const DAY = 24 * 60 * 60 * 1000;

test("waits longer than the longest delay of setTimeout", () => {
  const callback = vi.fn<() => void>();
  systemClock.schedule(systemClock.now() + 60 * DAY, callback);
  vi.advanceTimersByTime(60 * DAY - 1);
  expect(callback).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(callback).toHaveBeenCalledTimes(1);
});

test("a canceled timer does not fire, also after the longest delay", () => {
  const callback = vi.fn<() => void>();
  const cancel = systemClock.schedule(systemClock.now() + 60 * DAY, callback);
  vi.advanceTimersByTime(30 * DAY);
  cancel();

  expect(vi.getTimerCount()).toBe(0);
});

test("sleep rejects with the reason of its signal and cancels its timer", async () => {
  const controller = new AbortController();
  const sleeping = sleep(systemClock, 1000, controller.signal);
  controller.abort(new Error("stopped"));

  await expect(sleeping).rejects.toThrow("stopped");
  expect(vi.getTimerCount()).toBe(0);
  await expect(sleep(systemClock, 1000, controller.signal)).rejects.toThrow("stopped");
});

import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { withProgress } from "../../src/ground/progress.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function outputOf(terminal: { isTTY?: boolean; columns?: number } = {}) {
  let text = "";
  return { ...terminal, write: (more: string) => (text += more), text: () => text };
}

/** Work of six seconds. */
async function work(setDetail: (detail: string) => void): Promise<string> {
  await vi.advanceTimersByTimeAsync(1000);
  setDetail("1 of 2");
  await vi.advanceTimersByTimeAsync(5000);
  return "result";
}

test("writes a line every two seconds", async () => {
  const output = outputOf();

  expect(await withProgress("Working", work, { output })).toBe("result");
  expect(output.text()).toBe(
    "Working: 0 s\nWorking: 1 of 2, 2 s\nWorking: 1 of 2, 4 s\nWorking: 1 of 2, 6 s\nWorking: done in 6 s\n",
  );
});

test("changes one line of a terminal, within its width", async () => {
  const output = outputOf({ isTTY: true, columns: 16 });
  await withProgress("Working", work, { output });
  const lines = output.text().split("\r\u001b[K");

  expect(lines.slice(1, 3)).toEqual(["Working: 0 s", "Working: 0 s"]);
  expect(lines.at(-2)).toBe("Working: 1 of 2");
  expect(lines.at(-1)).toBe("Working: done in 6 s\n");
});

test("writes nothing for short work", async () => {
  const output = outputOf();
  await withProgress("Working", work, { output, minMs: 7000 });

  expect(output.text()).toBe("");
});

test("shows the inner work while both run, and does not add its time to the outer", async () => {
  const output = outputOf();
  await withProgress(
    "Outer",
    async () => {
      await withProgress("Inner", work, { output });
      await vi.advanceTimersByTimeAsync(2000);
    },
    { output, minMs: 2000 },
  );
  const lines = output.text().split("\n");

  expect(lines.map((line) => line.split(":")[0]).join(" ")).toBe(
    "Inner Inner Inner Inner Inner Outer Outer ",
  );
  expect(lines.slice(-3)).toEqual(["Outer: 2 s", "Outer: done in 2 s", ""]);
});

test("clears the line of a terminal if the work fails", async () => {
  const output = outputOf({ isTTY: true });
  const failing = withProgress("Working", () => Promise.reject(new Error("no")), { output });

  await expect(failing).rejects.toThrow("no");
  expect(output.text().endsWith("\r\u001b[K")).toBe(true);
});

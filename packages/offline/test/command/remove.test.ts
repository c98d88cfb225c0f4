import fs from "node:fs";
import path from "node:path";

import { beforeEach, expect, test } from "vitest";

import type { App } from "../app.ts";
import { run } from "../offline.ts";
import { makeJobsApp } from "./jobs-app.ts";

let app: App;
beforeEach(async () => {
  app = await makeJobsApp();
  return () => app.remove();
});
/** Creates the folder of a stage. */
const makeStage = (stage: string) =>
  fs.mkdirSync(path.join(app.root, ".offline", stage), { recursive: true });

test("keeps a protected stage", async () => {
  makeStage("kept");
  const removal = run(app.root, ["remove", "--stage", "kept"]);

  expect(await removal.ended).toBe(1);
  expect(removal.stderr()).toContain(
    'the stage "kept" was not removed, because sst.config.ts protects it',
  );
  expect(fs.existsSync(path.join(app.root, ".offline/kept"))).toBe(true);
});

test("deletes the folder of a stage", async () => {
  makeStage("offline");
  const removal = run(app.root, ["remove"]);

  expect(await removal.ended).toBe(0);
  expect(removal.stdout()).toBe("Removed .offline/offline.\n");
  expect(fs.existsSync(path.join(app.root, ".offline/offline"))).toBe(false);
});

test("reports a stage without data", async () => {
  const removal = run(app.root, ["remove"]);

  expect(await removal.ended).toBe(0);
  expect(removal.stdout()).toBe("Nothing to remove: .offline/offline does not exist.\n");
});

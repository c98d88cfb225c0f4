import { expect, test } from "vitest";

import { npmDownload, pnpmDownload } from "../../src/synth/download.ts";

const event = (fields: object) => JSON.stringify({ time: 1, level: "debug", ...fields });

test("counts the packages that npm downloads", () => {
  const download = npmDownload();
  download.read("npm http fetch GET 200 https://registry.npmjs.org/a 20ms (cache miss)");

  expect(download.detail).toBe("choosing versions");
  for (const name of ["a", "b"]) {
    const url = `https://registry.npmjs.org/${name}/-/${name}-1.0.0.tgz`;
    expect(download.read(`npm http fetch GET 200 ${url} 20ms (cache miss)`)).toBeUndefined();
  }
  const cached = "c@https://registry.npmjs.org/c/-/c-1.0.0.tgz";
  expect(download.read(`npm http cache ${cached} 0ms (cache hit)`)).toBeUndefined();
  expect(download.detail).toBe("3 packages");
});

test("counts the packages that pnpm has, downloads, and needs", () => {
  const download = pnpmDownload();
  expect(download.detail).toBe("choosing versions");
  const steps = [
    ["resolved", "a@1.0.0"],
    ["resolved", "b@1.0.0"],
    ["resolved", "c@1.0.0"],
    ["fetched", "a@1.0.0"],
    ["found_in_store", "b@1.0.0"],
    ["found_in_store", "b@1.0.0"],
    ["fetched", "not-for-this-system@1.0.0"],
  ];
  for (const [status, packageId] of steps) {
    expect(download.read(event({ name: "pnpm:progress", status, packageId }))).toBeUndefined();
  }
  expect(download.detail).toBe("2 of 3 packages");
  const fetching = { name: "pnpm:fetching-progress", status: "started" };
  download.read(event({ ...fetching, size: 3_400_000 }));
  download.read(event({ ...fetching, size: null }));

  expect(download.detail).toBe("2 of 3 packages, 3 MB");
});

test("returns the lines that say what failed", () => {
  expect(npmDownload().read("npm error code ECONNREFUSED")).toBe("npm error code ECONNREFUSED");
  expect(pnpmDownload().read("Error: no version")).toBe("Error: no version");
  expect(pnpmDownload().read("{ no JSON")).toBe("{ no JSON");
  const failure = { level: "error", name: "pnpm", message: "no version" };
  expect(pnpmDownload().read(event(failure))).toBe("no version");
  expect(pnpmDownload().read(event({ name: "pnpm:summary" }))).toBeUndefined();
});

import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";

import { boundTo } from "./waybill.ts";
import { closeWindows, noTmux, Window } from "./window.ts";

afterEach(closeWindows);

/** A DynamoDB that responds only when `reject` is called. */
async function slowDynamodb() {
  const waiting: ServerResponse[] = [];
  const server = createServer((request, response) => {
    request.resume().on("end", () => waiting.push(response));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    bindings: boundTo(`http://127.0.0.1:${port}`),
    reject: () => {
      for (const response of waiting.splice(0)) {
        response.writeHead(400, { "content-type": "application/x-amz-json-1.0" });
        response.end(JSON.stringify({ __type: "x#AccessDeniedException", message: "no" }));
      }
    },
    [Symbol.dispose]: () => server.close().closeAllConnections(),
  };
}

describe.skipIf(noTmux)("a command that takes more than a second", () => {
  test.each([
    ["ls", /^0 entries so far \(\d+ s\)$/m],
    ["recent", /^0 files so far \(\d+ s\)$/m],
    ["find", /^0 records read \(\d+ s\)$/m],
    ["duplicates a", /^0 files so far \(\d+ s\)$/m],
    ["stats", /^0 files counted \(\d+ s\)$/m],
    ["get a", /^reading the record \(\d+ s\)$/m],
    ["dead", /^reading dead letters \(\d+ s\)$/m],
    ["dead show a", /^searching the dead letters \(\d+ s\)$/m],
    ["dead redrive", /^waiting for SQS \(\d+ s\)$/m],
    ["status", /^reading queues and metrics \(\d+ s\)$/m],
  ])("shows its progress: %s", async (line, progress) => {
    using dynamodb = await slowDynamodb();
    const window = await Window.open(60, `waybill ${line} | cat`, dynamodb.bindings);
    expect(await window.shows(progress)).toMatch(progress);
  });

  test("clears the progress line when it is interrupted", async () => {
    using dynamodb = await slowDynamodb();
    const window = await Window.open(60, "waybill ls", dynamodb.bindings);
    await window.shows(/so far \(\d+ s\)/);
    await window.press("C-c");
    expect(await window.ended()).toEqual({ code: 130, screen: "" });
  });

  test("clears the progress line when it fails", async () => {
    using dynamodb = await slowDynamodb();
    const window = await Window.open(60, "waybill ls", dynamodb.bindings);
    await window.shows(/so far \(\d+ s\)/);
    dynamodb.reject();
    const { code, screen } = await window.ended();
    expect(code).toBe(1);
    expect(screen).toMatch(/^waybill: Could not read the catalog\. no\./);
    expect(screen).not.toContain("so far");
  });
});

test.skipIf(noTmux).each([60, 160])("help fits a window of %i columns", async (columns) => {
  const window = await Window.open(columns, "waybill find --help");
  const { screen } = await window.ended();
  expect(screen).toContain("Examples:");
  const joined = await window.screen({ joined: true });
  expect(joined.startsWith(screen)).toBe(true);
});

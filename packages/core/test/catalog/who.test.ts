import { expect, test } from "vitest";

import { isCausedBy } from "../../src/catalog/who.ts";

const EVENT = {
  principal: "AWS:AROAEXAMPLE:ann@example.com",
  sourceIp: "192.0.2.7",
  requestId: "C3D13FE58DE4C810",
};

test.each([
  ["its principal", EVENT.principal],
  ["the name of the session", "ann@example.com"],
  ["its source IP address", "192.0.2.7"],
  ["the id of its request", "C3D13FE58DE4C810"],
])("an event was caused by %s", (_, who) => {
  expect(isCausedBy(EVENT, who)).toBe(true);
});

test.each([
  "AROAEXAMPLE",
  "AROAEXAMPLE:ann@example.com",
  "AWS",
  "AWS:AROAEXAMPLE",
  "ann",
  "example.com",
  "Ann@example.com",
  ":ann@example.com",
  "192.0.2",
  "192.0.2.70",
  "c3d13fe58de4c810",
  "undefined",
  "",
])("an event was not caused by a part of these or another spelling: %j", (who) => {
  expect(isCausedBy(EVENT, who)).toBe(false);
});

test("an event was caused by the id of a user, or by a principal without a colon", () => {
  expect(isCausedBy({ principal: "AWS:AIDAEXAMPLE" }, "AIDAEXAMPLE")).toBe(true);
  expect(isCausedBy({ principal: "s3.amazonaws.com" }, "s3.amazonaws.com")).toBe(true);
});

test("an event that names nobody was caused by nobody", () => {
  expect(isCausedBy({}, "undefined")).toBe(false);
});

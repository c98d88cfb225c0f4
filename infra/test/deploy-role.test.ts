import { readFileSync } from "node:fs";
import path from "node:path";

import { describe, expect, test } from "vitest";

import { evaluate, loadPolicy } from "@waybill/iam";
import { type Call, callsOf, SST_CALLS } from "./deploy-calls.ts";
import { graphOf, list, statements } from "./graph.ts";
import { root } from "./root.ts";

// docs/deploy-role.json allows every call that the deployment of a stage makes, and names no other action.

const account = graphOf("dev").accountId;
const source = readFileSync(path.join(root, "docs/deploy-role.json"), "utf8");
const document = source.replaceAll("<account>", account);
const policy = loadPolicy("deploy-role", document, "identity");

function allows({ action, resource, context = {} }: Call): boolean {
  const principal = {
    type: "role",
    arn: `arn:aws:iam::${account}:role/deploy-waybill`,
    accountId: account,
  } as const;
  const request = { principal, action, resource, owner: account, context };
  return evaluate(request, { identity: [policy] }).allowed;
}

const STAGES = ["dev", "example-adopted", "example-notified", "production"];
const callsOfStage = (stage: string): Call[] =>
  graphOf(stage).resources.flatMap((resource) => callsOf(resource, graphOf(stage)));

describe("the deploying role may", () => {
  test("make the calls of SST for the state of the app", () => {
    expect(SST_CALLS(account).filter((call) => !allows(call))).toEqual([]);
  });

  test.each(["dev", "production"])("create and change every resource of the stage %s", (stage) => {
    const calls = callsOfStage(stage).filter(({ phase }) => phase === "deploy");
    expect(calls.filter((call) => !allows(call))).toEqual([]);
  });

  test("subscribe an address to the alarms of a stage", () => {
    const calls = callsOfStage("example-adopted").filter(({ action }) => action.startsWith("sns:"));
    expect(calls.map(({ action }) => action)).toContain("sns:Subscribe");
    expect(calls.filter((call) => !allows(call))).toEqual([]);
  });

  test("follow an existing bucket through EventBridge", () => {
    const calls = callsOfStage("example-adopted").filter(({ action }) =>
      action.startsWith("events:"),
    );
    expect(calls.map(({ action }) => action)).toContain("events:PutTargets");
    expect(calls.filter((call) => !allows(call))).toEqual([]);
  });

  test("remove every resource of a stage", () => {
    const calls = callsOfStage("dev").filter(({ phase }) => phase === "remove");
    expect(calls.filter((call) => !allows(call))).toEqual([]);
  });
});

describe("the deploying role may not", () => {
  const arn = (service: string, rest: string) => `arn:aws:${service}:us-east-1:${account}:${rest}`;

  test.each<Call>([
    { action: "s3:DeleteBucket", resource: "arn:aws:s3:::waybill-production-files-x" },
    { action: "s3:DeleteObjectVersion", resource: "arn:aws:s3:::waybill-production-files-x/a" },
    { action: "dynamodb:DeleteTable", resource: arn("dynamodb", "table/waybill-production-x") },
  ])("delete files or records of production: $action", (call) => {
    expect(allows(call)).toBe(false);
  });

  test.each<Call>([
    { action: "s3:GetObject", resource: "arn:aws:s3:::waybill-dev-files-x/a" },
    { action: "s3:GetObjectVersion", resource: "arn:aws:s3:::waybill-dev-files-x/a" },
    { action: "dynamodb:GetItem", resource: arn("dynamodb", "table/waybill-dev-CatalogTable-x") },
    { action: "sqs:ReceiveMessage", resource: arn("sqs", "waybill-dev-EventsQueue-x") },
    { action: "lambda:InvokeFunction", resource: arn("lambda", "function:waybill-dev-api") },
  ])("read files, records or events, or call a function: $action", (call) => {
    expect(allows(call)).toBe(false);
  });

  test.each<Call>([
    { action: "s3:GetObject", resource: "arn:aws:s3:::sst-state-x/app/other/production.json" },
    { action: "ssm:GetParameter", resource: arn("ssm", "parameter/sst/passphrase/other/dev") },
    { action: "lambda:UpdateFunctionCode", resource: arn("lambda", "function:other-dev-api") },
    { action: "iam:PutRolePolicy", resource: `arn:aws:iam::${account}:role/other` },
    { action: "sqs:DeleteQueue", resource: arn("sqs", "other-dev-Queue") },
  ])("read or change another app: $action on $resource", (call) => {
    expect(allows(call)).toBe(false);
  });

  test("change itself", () => {
    const name = /`([\w-]*deploy[\w-]*)`/.exec(
      readFileSync(path.join(root, "docs/deploying.md"), "utf8").split("Create the role")[1] ?? "",
    )?.[1];
    expect(name).toBe("deploy-waybill");
    const resource = `arn:aws:iam::${account}:role/${name}`;
    for (const action of ["iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy", "iam:DeleteRole"]) {
      expect(allows({ action, resource })).toBe(false);
    }
  });

  test("pass the role of a function to another service", () => {
    const resource = `arn:aws:iam::${account}:role/waybill-dev-ApiRole-x`;
    const context = { "iam:PassedToService": "ec2.amazonaws.com" };
    expect(allows({ action: "iam:PassRole", resource, context })).toBe(false);
  });
});

test("the deploying role names only actions that a stage needs", () => {
  const needed = [...SST_CALLS(account), ...STAGES.flatMap(callsOfStage)];
  const named = statements(document)
    .filter(({ Effect }) => Effect === "Allow")
    .flatMap(({ Action }) => list(Action));
  const matches = (pattern: string, action: string) =>
    pattern.endsWith("*") ? action.startsWith(pattern.slice(0, -1)) : action === pattern;
  const surplus = named.filter((pattern) => !needed.some(({ action }) => matches(pattern, action)));
  expect(surplus).toEqual([]);
  // Only reads of the configuration of a bucket use a pattern.
  expect(named.filter((pattern) => pattern.includes("*"))).toEqual(["s3:GetBucket*"]);
});

test("the policy of the deploying role has at most the 10,240 characters that IAM allows, without white space", () => {
  expect(document.replaceAll(/\s/g, "").length).toBeLessThan(10_240);
});

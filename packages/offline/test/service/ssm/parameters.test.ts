import fs from "node:fs";
import os from "node:os";
import path from "node:path";

import { afterAll, expect, test } from "vitest";

import { ssmNeeds } from "../../../src/service/ssm/iam.ts";
import { Parameters } from "../../../src/service/ssm/parameters.ts";

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "ssm-"));
afterAll(() => fs.rmSync(folder, { recursive: true }));

const place = { region: "us-east-1", accountId: "000000000000" };
const open = () => new Parameters(path.join(folder, "ssm.json"), place, () => 1_000_000);

test("parameters survive a restart, and only their owner can read the file", () => {
  const put = { Name: "/a/b", Value: "v", Type: "SecureString" };
  expect(open().perform("PutParameter", put)).toMatchObject({ Version: 1 });
  expect(open().perform("GetParameter", { Name: "/a/b" })).toEqual({
    Parameter: {
      Name: "/a/b",
      Type: "SecureString",
      Value: "v",
      Version: 1,
      LastModifiedDate: 1000,
      ARN: "arn:aws:ssm:us-east-1:000000000000:parameter/a/b",
      DataType: "text",
    },
  });
  expect(fs.statSync(path.join(folder, "ssm.json")).mode & 0o077).toBe(0);
});

test("an existing parameter is replaced only on request, as a new version", () => {
  const parameters = open();
  const put = { Name: "/once", Value: "1" };
  parameters.perform("PutParameter", put);
  expect(() => parameters.perform("PutParameter", put)).toThrow("already exists");
  const again = { ...put, Value: "2", Overwrite: true };
  expect(parameters.perform("PutParameter", again)).toMatchObject({ Version: 2 });
});

test("a path lists its own parameters, in pages, and those below on request", () => {
  const parameters = open();
  for (const name of ["/p/a", "/p/b", "/p/c/d", "/px"]) {
    parameters.perform("PutParameter", { Name: name, Value: name });
  }
  const list = (more: object) => {
    const input = { Path: "/p", MaxResults: 1, ...more };
    const found = parameters.perform("GetParametersByPath", input) as {
      Parameters: { Name: string }[];
      NextToken?: string;
    };
    return [found.Parameters.map(({ Name }) => Name), found.NextToken];
  };
  expect(list({})).toEqual([["/p/a"], "/p/a"]);
  expect(list({ NextToken: "/p/a" })).toEqual([["/p/b"], undefined]);
  expect(list({ MaxResults: 10, Recursive: true })[0]).toEqual(["/p/a", "/p/b", "/p/c/d"]);
});

test("a missing parameter is not found, and is named among the invalid ones", () => {
  expect(() => open().perform("GetParameter", { Name: "/no" })).toThrow("Parameter /no not found.");
  expect(open().perform("GetParameters", { Names: ["/no"] })).toEqual({
    Parameters: [],
    InvalidParameters: ["/no"],
  });
});

test("each operation needs its permission on the parameter, and an unknown one is denied", () => {
  expect(ssmNeeds("GetParameter", { Name: "/a/b" }, place)).toMatchObject({
    requirements: [
      {
        action: "ssm:GetParameter",
        resource: "arn:aws:ssm:us-east-1:000000000000:parameter/a/b",
      },
    ],
  });
  expect(ssmNeeds("SendCommand", { Name: "/a" }, place)).toMatchObject({ ok: false });
});

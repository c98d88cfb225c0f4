import { expect, test } from "vitest";

import { all, graphOf, list, only, statements, text } from "./graph.ts";

const graph = graphOf("dev");
const fn = only(graph, "aws:lambda/function:Function", "ApiFunction");
const role = only(graph, "aws:iam/role:Role", "ApiRole");
const table = text(only(graph, "aws:dynamodb/table:Table").state["arn"]);
const group = only(graph, "aws:cloudwatch/logGroup:LogGroup", "ApiLogs");

const [inline, ...otherPolicies] = role.inputs["inlinePolicies"] as { policy: string }[];

test("the API role is granted reads of records and writes of its log, and nothing else", () => {
  expect(otherPolicies).toEqual([]);
  expect(
    statements(inline?.policy).map(({ Effect, Action, Resource }) => ({
      Effect,
      Action: list(Action).toSorted(),
      Resource: list(Resource),
    })),
  ).toEqual([
    { Effect: "Allow", Action: ["dynamodb:GetItem"], Resource: [table] },
    { Effect: "Allow", Action: ["dynamodb:Query"], Resource: [table, `${table}/index/*`] },
    {
      Effect: "Allow",
      Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
      Resource: [`${text(group.state["arn"])}:*`],
    },
  ]);
});

test("the API role has no managed policy and no attached policy", () => {
  expect(role.inputs["managedPolicyArns"]).toEqual([]);
  expect(all(graph, "aws:iam/rolePolicyAttachment:RolePolicyAttachment")).toEqual([]);
});

test("only Lambda can assume the API role", () => {
  const principals = statements(role.inputs["assumeRolePolicy"]).map(({ Principal }) => Principal);
  expect(principals).toEqual([{ Service: "lambda.amazonaws.com" }]);
});

test("the URL of the API requires signed requests, allows no other origin, and buffers responses", () => {
  const url = only(graph, "aws:lambda/functionUrl:FunctionUrl");
  expect(url.inputs).toEqual({
    functionName: fn.id,
    authorizationType: "AWS_IAM",
    invokeMode: "BUFFERED",
  });
});

test("no resource policy allows calls of a function", () => {
  expect(all(graph, "aws:lambda/permission:Permission")).toEqual([]);
});

test("the API runs on Node 22 on arm64, from a minified bundle", () => {
  expect(fn.inputs).toMatchObject({ runtime: "nodejs22.x", architectures: ["arm64"] });
  expect(graph.functions.find(({ id }) => id === "Api")).toMatchObject({
    nodejs: { minify: true },
  });
});

test("the API has only the environment variables that SST sets", () => {
  const { variables } = fn.inputs["environment"] as { variables: Record<string, string> };
  expect(Object.keys(variables).toSorted()).toEqual([
    "SST_KEY",
    "SST_KEY_FILE",
    "SST_RESOURCE_App",
  ]);
});

test("the API logs JSON to its own log group, which keeps 30 days", () => {
  expect(fn.inputs["loggingConfig"]).toEqual({ logFormat: "JSON", logGroup: group.id });
  expect(group.inputs["retentionInDays"]).toBe(30);
});

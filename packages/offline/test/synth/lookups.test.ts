import { afterAll, beforeAll, expect, test } from "vitest";

import type { Graph } from "../../src/synth/graph.ts";
import { synthesize } from "../../src/synth/synthesize.ts";
import { type App, config, makeApp } from "../app.ts";

const INFRA = `
const vpc = new sst.aws.Vpc("Net", { nat: "ec2", bastion: true });
const existing = sst.aws.Vpc.get("Existing", "vpc-0123");
const database = new sst.aws.Postgres("Database", { vpc });
const cluster = new sst.aws.Cluster("Cluster", { vpc });
new sst.aws.Service("Service", { cluster, link: [database], loadBalancer: { ports: [{ listen: "80/http" }] } });
new sst.aws.Router("Router", { domain: "example.com", routes: { "/*": "https://example.org" } });
const table = new sst.aws.Dynamo("Table", { fields: { pk: "string" }, primaryIndex: { hashKey: "pk" }, stream: "new-image" });
table.subscribe("Changes", { handler: "src/changes.handler" });
new aws.ssm.Parameter("Own", { name: "/app/own", type: "String", value: "its value" });
const password = new random.RandomPassword("Password", { length: 20 });
export const outputs = {
  zones: aws.getAvailabilityZonesOutput({}).names,
  ami: aws.ec2.getAmiOutput({ owners: ["amazon"], mostRecent: true }).id,
  sameAmi: aws.ec2.getAmiOutput({ owners: ["amazon"], mostRecent: true }).id,
  vpc: aws.ec2.getVpcOutput({ id: "vpc-1" }).id,
  zone: aws.route53.getZoneOutput({ name: "example.com" }).zoneId,
  own: table.name.apply(() => aws.ssm.getParameterOutput({ name: "/app/own" }).value),
  other: aws.ssm.getParameterOutput({ name: "/app/other" }).value,
  managed: aws.iam.getPolicyOutput({ name: "AmazonS3ReadOnlyAccess" }).name,
  subnets: existing.privateSubnets,
  host: database.host,
  port: database.port,
  password: password.result,
};
`;

let app: App;
let graph: Graph;
beforeAll(async () => {
  app = await makeApp({
    "sst.config.ts": config(
      'return (await import("./infra/app.ts")).outputs;',
      'providers: { aws: { region: "eu-west-1" }, random: true }',
    ),
    "infra/app.ts": INFRA,
  });
  graph = await synthesize({ root: app.root, stage: "one" });
});
afterAll(() => app.remove());

test("answers look-ups in the region of the app, and the same for the same inputs", () => {
  const { outputs } = graph;

  expect(outputs).toMatchObject({
    zones: ["eu-west-1a", "eu-west-1b", "eu-west-1c"],
    ami: expect.stringMatching(/^ami-[0-9a-f]{17}$/),
    vpc: "vpc-1",
    zone: expect.stringMatching(/^Z[0-9A-F]{20}$/),
    managed: "AmazonS3ReadOnlyAccess",
    subnets: [expect.stringMatching(/^subnet-/), expect.stringMatching(/^subnet-/)],
  });
  expect(outputs["sameAmi"]).toBe(outputs["ami"]);
});

test("answers the look-up of a parameter with the value that the app declares, or a stand-in", () => {
  expect(graph.outputs).toMatchObject({
    own: "its value",
    other: expect.stringMatching(/^offline-/),
  });
});

test("gives the attributes that only AWS knows a stand-in of the right kind", () => {
  expect(graph.outputs).toMatchObject({
    host: expect.stringMatching(/^databaseinstance\..*\.rds\.amazonaws\.com$/),
    port: 5432,
    password: "Password-result",
  });
  expect(JSON.stringify(graph.links)).not.toContain("undefined");
});

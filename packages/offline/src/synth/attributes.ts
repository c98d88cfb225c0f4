import type { Inputs, Value } from "./graph.ts";
import type { Place } from "./mocks.ts";
import { hexOf } from "./stand-ins.ts";

type Attributes = (name: string, inputs: Inputs, place: Place) => Inputs;

const text = (value: Value): string => (typeof value === "string" ? value : "");

/** The port of a database, by its engine. */
const portOf = ({ port, engine }: Inputs): number => {
  if (typeof port === "number") return port;
  return text(engine).includes("mysql") || text(engine).includes("mariadb") ? 3306 : 5432;
};

const cluster: Attributes = (name, { port }, { region }) => ({
  primaryEndpointAddress: `${name.toLowerCase()}.${region}.cache.amazonaws.com`,
  configurationEndpointAddress: `${name.toLowerCase()}.${region}.cache.amazonaws.com`,
  port: typeof port === "number" ? port : 6379,
});

const image: Attributes = (name, { tags, repositoryUrl }) => {
  const [tag] = Array.isArray(tags) ? tags : [];
  const digest = `sha256:${hexOf(name, 64)}`;
  const base = (text(tag) || text(repositoryUrl) || name).replace(/:[^/:]*$/, "");
  return { digest, ref: `${base}@${digest}`, contextHash: hexOf(name, 64) };
};

/**
 * The attributes of resources that offline does not run, where a component of SST needs more than a
 * stand-in: a structure, or text of a certain form.
 */
const ATTRIBUTES: Readonly<Record<string, Attributes>> = {
  "aws:acm/certificate:Certificate": (name, { domainName, subjectAlternativeNames }) => ({
    domainValidationOptions: [
      text(domainName),
      ...(Array.isArray(subjectAlternativeNames) ? subjectAlternativeNames.map(text) : []),
    ].map((domain) => ({
      domainName: domain,
      resourceRecordName: `_${hexOf(domain + name, 32)}.${domain}.`,
      resourceRecordType: "CNAME",
      resourceRecordValue: `_${hexOf(domain, 32)}.acm-validations.aws.`,
    })),
  }),
  "aws:apigatewayv2/api:Api": (name, { protocolType }, { region, accountId }) => {
    const id = hexOf(name, 10);
    const scheme = protocolType === "WEBSOCKET" ? "wss" : "https";
    return {
      apiEndpoint: `${scheme}://${id}.execute-api.${region}.amazonaws.com`,
      executionArn: `arn:aws:execute-api:${region}:${accountId}:${id}`,
    };
  },
  "aws:apigatewayv2/domainName:DomainName": (name, inputs) => ({
    domainNameConfiguration: {
      ...(inputs["domainNameConfiguration"] as Inputs | undefined),
      targetDomainName: `${hexOf(name, 10)}.offline`,
      hostedZoneId: "ZOFFLINE",
    },
  }),
  "aws:rds/cluster:Cluster": (name, inputs, { region, accountId }) => ({
    endpoint: `${name.toLowerCase()}.${region}.rds.amazonaws.com`,
    readerEndpoint: `${name.toLowerCase()}-ro.${region}.rds.amazonaws.com`,
    port: portOf(inputs),
    masterUserSecrets: [
      {
        secretArn: `arn:aws:secretsmanager:${region}:${accountId}:secret:${name}`,
        secretStatus: "active",
        kmsKeyId: "",
      },
    ],
  }),
  "aws:rds/instance:Instance": (name, inputs, { region }) => {
    const address = `${name.toLowerCase()}.${region}.rds.amazonaws.com`;
    return { address, endpoint: `${address}:${portOf(inputs)}`, port: portOf(inputs) };
  },
  "aws:elasticache/replicationGroup:ReplicationGroup": cluster,
  "aws:ec2/vpc:Vpc": (_, { cidrBlock, tags }) => ({
    cidrBlock: text(cidrBlock) || "10.0.0.0/16",
    // SST accepts an existing VPC only with the tags of its own component.
    tags: { "sst:component-version": "2", "sst:ref-version": "2", ...(tags as Inputs | undefined) },
  }),
  "docker-build:index:Image": image,
};

/** Returns the attributes of a type that are not stand-ins. */
export const attributesOf = (
  type: string,
  name: string,
  inputs: Inputs,
  place: Place,
): Inputs | undefined => {
  if (name.endsWith(".sst.aws.HostedZoneLookup")) {
    return { zoneId: `Z${hexOf(text(inputs["domain"]), 20).toUpperCase()}` };
  }
  return ATTRIBUTES[type]?.(name, inputs, place);
};

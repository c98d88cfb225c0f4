import type { Inputs, Value } from "./graph.ts";
import type { Place } from "./mocks.ts";
import { hexOf } from "./stand-ins.ts";

/** What a look-up may use of the resources that the config has created so far. */
export type Declared = (type: string) => readonly { id: string; inputs: Inputs }[];

type Answer = (inputs: Inputs, place: Place, declared: Declared) => Inputs;

const text = (value: Value): string => (typeof value === "string" ? value : "");

/** An id such as `vpc-0123456789abcdef0`, which depends on what is looked up. */
const idOf = (prefix: string, inputs: Inputs, suffix = ""): string =>
  `${prefix}-${hexOf(JSON.stringify(inputs) + suffix, 17)}`;

/** The given id, or one that depends on the other inputs. */
const oneOf =
  (prefix: string, input: string, state: (id: string, inputs: Inputs, place: Place) => Inputs) =>
  (inputs: Inputs, place: Place): Inputs => {
    const id = text(inputs[input]) || idOf(prefix, inputs);
    return { ...inputs, id, ...state(id, inputs, place) };
  };

const listOf =
  (prefix: string, length: number): Answer =>
  (inputs) => ({
    ...inputs,
    id: idOf("list", inputs),
    ids: Array.from({ length }, (_, index) => idOf(prefix, inputs, String(index))),
  });

const zonesOf = (region: string): string[] => ["a", "b", "c"].map((zone) => `${region}${zone}`);

/** A policy of CloudFront that AWS manages, by name. */
const policyOfCloudFront: Answer = (inputs) => ({
  ...inputs,
  id: text(inputs["id"]) || hexOf(text(inputs["name"]), 32),
});

const namedArn =
  (service: string, kind: string, input = "name"): Answer =>
  (inputs, { region, accountId }) => {
    const name = text(inputs[input]);
    const scope = service === "iam" ? "" : region;
    return {
      ...inputs,
      id: name,
      arn: `arn:aws:${service}:${scope}:${accountId}:${kind}${name}`,
    };
  };

const secretOf: Answer = (inputs, _, declared) => {
  const secretId = text(inputs["secretId"]);
  const version = declared("aws:secretsmanager/secretVersion:SecretVersion").find(
    ({ inputs: own }) => own["secretId"] === secretId,
  );
  // The secrets of databases have these two.
  const invented = JSON.stringify({ username: "offline", password: "offline" });
  return {
    ...inputs,
    id: secretId,
    arn: secretId,
    secretString: text(version?.inputs["secretString"]) || invented,
  };
};

const parameterOf: Answer = (inputs, { region, accountId }, declared) => {
  const name = text(inputs["name"]);
  const own = declared("aws:ssm/parameter:Parameter").find(
    ({ inputs: parameter }) => parameter["name"] === name,
  );
  const invented = /ami/i.test(name) && name.startsWith("/aws/service/") ? "ami" : "offline";
  const value = text(own?.inputs["value"]) || idOf(invented, { name });
  return {
    ...inputs,
    id: name,
    name,
    arn: `arn:aws:ssm:${region}:${accountId}:parameter${name.startsWith("/") ? "" : "/"}${name}`,
    type: "String",
    value,
    insecureValue: value,
    version: 1,
  };
};

/**
 * The answers to look-ups of data that only AWS knows, by token. README.md lists them. Ids are
 * invented, and the same for the same inputs.
 */
const ANSWERS: Readonly<Record<string, Answer>> = {
  "aws:index/getAvailabilityZones:getAvailabilityZones": (inputs, { region }) => ({
    ...inputs,
    id: region,
    names: zonesOf(region),
    zoneIds: zonesOf(region).map((_, index) => `${region}-az${index + 1}`),
    groupNames: [region],
  }),
  "aws:index/getAvailabilityZone:getAvailabilityZone": (inputs, { region }) => {
    const name = text(inputs["name"]) || `${region}a`;
    const nameSuffix = name.slice(region.length);
    return { ...inputs, id: name, name, nameSuffix, region, state: "available" };
  },
  "aws:index/getRegions:getRegions": (inputs, { region }) => ({
    ...inputs,
    id: region,
    names: [region],
  }),
  "aws:index/getArn:getArn": (inputs) => {
    const arn = text(inputs["arn"]);
    const [, partition = "", service = "", region = "", account = "", ...resource] = arn.split(":");
    return { id: arn, arn, partition, service, region, account, resource: resource.join(":") };
  },
  "aws:ec2/getAmi:getAmi": oneOf("ami", "id", (id, _, { region }) => ({
    imageId: id,
    name: "offline",
    arn: `arn:aws:ec2:${region}::image/${id}`,
    architecture: "x86_64",
    rootDeviceName: "/dev/xvda",
    rootDeviceType: "ebs",
    virtualizationType: "hvm",
  })),
  "aws:ec2/getAmiIds:getAmiIds": listOf("ami", 1),
  "aws:ec2/getVpc:getVpc": oneOf("vpc", "id", (id, { cidrBlock }, { region, accountId }) => ({
    arn: `arn:aws:ec2:${region}:${accountId}:vpc/${id}`,
    cidrBlock: text(cidrBlock) || "10.0.0.0/16",
    mainRouteTableId: `rtb-${hexOf(id, 17)}`,
    enableDnsHostnames: true,
    enableDnsSupport: true,
  })),
  "aws:ec2/getVpcs:getVpcs": listOf("vpc", 1),
  "aws:ec2/getSubnet:getSubnet": oneOf("subnet", "id", (id, { vpcId }, { region, accountId }) => ({
    arn: `arn:aws:ec2:${region}:${accountId}:subnet/${id}`,
    availabilityZone: `${region}a`,
    cidrBlock: "10.0.0.0/20",
    vpcId: text(vpcId) || `vpc-${hexOf(id, 17)}`,
  })),
  "aws:ec2/getSubnets:getSubnets": listOf("subnet", 2),
  "aws:ec2/getSecurityGroup:getSecurityGroup": oneOf(
    "sg",
    "id",
    (id, { name, vpcId }, { region, accountId }) => ({
      arn: `arn:aws:ec2:${region}:${accountId}:security-group/${id}`,
      name: text(name) || "default",
      vpcId: text(vpcId) || `vpc-${hexOf(id, 17)}`,
    }),
  ),
  "aws:ec2/getSecurityGroups:getSecurityGroups": listOf("sg", 1),
  "aws:ec2/getRouteTable:getRouteTable": oneOf("rtb", "routeTableId", (id, { vpcId }) => ({
    routeTableId: id,
    vpcId: text(vpcId) || `vpc-${hexOf(id, 17)}`,
  })),
  "aws:ec2/getInternetGateway:getInternetGateway": oneOf("igw", "internetGatewayId", (id) => ({
    internetGatewayId: id,
  })),
  "aws:ec2/getNatGateway:getNatGateway": oneOf("nat", "id", () => ({ state: "available" })),
  "aws:ec2/getNatGateways:getNatGateways": listOf("nat", 0),
  "aws:ec2/getEips:getEips": (inputs) => ({
    ...inputs,
    id: idOf("list", inputs),
    allocationIds: [],
    publicIps: [],
  }),
  "aws:ec2/getInstances:getInstances": listOf("i", 0),
  "aws:ec2/getManagedPrefixList:getManagedPrefixList": oneOf("pl", "id", () => ({ entries: [] })),
  "aws:route53/getZone:getZone": (inputs, { region, accountId }) => {
    const hash = hexOf(JSON.stringify(inputs), 20);
    const zoneId = text(inputs["zoneId"]) || `Z${hash.toUpperCase()}`;
    // SST finds the Cloud Map namespace of a VPC by it.
    const namespace = `ns-${hash.replaceAll("0", "a").slice(0, 17)}`;
    return {
      ...inputs,
      id: zoneId,
      zoneId,
      nameServers: [],
      linkedServiceDescription: `arn:aws:servicediscovery:${region}:${accountId}:namespace/${namespace}`,
    };
  },
  "aws:acm/getCertificate:getCertificate": (inputs, { region, accountId }) => {
    const id = hexOf(JSON.stringify(inputs), 32);
    const arn = `arn:aws:acm:${region}:${accountId}:certificate/${id}`;
    return { ...inputs, id: arn, arn, status: "ISSUED" };
  },
  "aws:cloudfront/getCachePolicy:getCachePolicy": policyOfCloudFront,
  "aws:cloudfront/getOriginRequestPolicy:getOriginRequestPolicy": policyOfCloudFront,
  "aws:cloudfront/getResponseHeadersPolicy:getResponseHeadersPolicy": policyOfCloudFront,
  "aws:iam/getPolicy:getPolicy": (inputs, { accountId }) => {
    const name = text(inputs["name"]) || (text(inputs["arn"]).split("/").at(-1) ?? "");
    const arn = text(inputs["arn"]) || `arn:aws:iam::${accountId}:policy/${name}`;
    return { ...inputs, id: arn, arn, name };
  },
  "aws:iam/getRole:getRole": namedArn("iam", "role/"),
  "aws:dynamodb/getTable:getTable": namedArn("dynamodb", "table/"),
  "aws:sns/getTopic:getTopic": namedArn("sns", ""),
  "aws:lambda/getFunction:getFunction": namedArn("lambda", "function:", "functionName"),
  "aws:cloudwatch/getLogGroup:getLogGroup": namedArn("logs", "log-group:"),
  "aws:s3/getBucket:getBucket": (inputs, { region }) => {
    const bucket = text(inputs["bucket"]);
    return {
      id: bucket,
      bucket,
      region,
      arn: `arn:aws:s3:::${bucket}`,
      bucketDomainName: `${bucket}.s3.amazonaws.com`,
      bucketRegionalDomainName: `${bucket}.s3.${region}.amazonaws.com`,
    };
  },
  "aws:ssm/getParameter:getParameter": parameterOf,
  "aws:secretsmanager/getSecretVersion:getSecretVersion": secretOf,
  "aws:ecr/getAuthorizationToken:getAuthorizationToken": (inputs, { region, accountId }) => ({
    ...inputs,
    id: region,
    userName: "AWS",
    password: "offline",
    authorizationToken: "offline",
    proxyEndpoint: `https://${accountId}.dkr.ecr.${region}.amazonaws.com`,
  }),
  "aws:iot/getEndpoint:getEndpoint": (inputs, { region }) => ({
    ...inputs,
    id: region,
    endpointAddress: `offline-ats.iot.${region}.amazonaws.com`,
  }),
  "aws:servicediscovery/getDnsNamespace:getDnsNamespace": (inputs, { region, accountId }) => {
    const id = idOf("ns", inputs);
    const arn = `arn:aws:servicediscovery:${region}:${accountId}:namespace/${id}`;
    return { ...inputs, id, arn, hostedZone: "ZOFFLINE" };
  },
  "aws:rds/getInstances:getInstances": (inputs) => ({
    ...inputs,
    id: idOf("list", inputs),
    instanceIdentifiers: [idOf("db", inputs)],
    instanceArns: [],
  }),
  "aws:efs/getAccessPoints:getAccessPoints": listOf("fsap", 1),
};

/** Returns the documented answer to a look-up, or undefined if it has none. */
export const answerOf = (
  token: string,
  inputs: Inputs,
  place: Place,
  declared: Declared,
): Inputs | undefined => ANSWERS[token]?.(inputs, place, declared);

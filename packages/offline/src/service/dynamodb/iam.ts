import { UNKNOWN } from "@waybill/iam";
import { attributes, leading, leadingKeys, parameters, queriedKey, select } from "./item.ts";
import {
  bodiesOf,
  type Body,
  bodyOf,
  derive,
  tagContext,
  textOf,
  UnknownRequestError,
} from "../../edge/derivation.ts";
import type { Derivation, Place, Requirement } from "../../edge/requirement.ts";

/** The condition keys that requirements of this service can have. */
export const DYNAMODB_CONDITION_KEYS = `
  dynamodb:LeadingKeys dynamodb:FirstPartitionKeyValues dynamodb:Attributes dynamodb:Select
  dynamodb:ReturnValues dynamodb:ReturnConsumedCapacity dynamodb:EnclosingOperation
`;

export interface Tables {
  /** Returns the name of the partition key of a table or an index, if it is known. */
  partitionKeyOf(tableArn: string, index: string | undefined): string | undefined;
}

type RequirementsOf = (body: Body, place: Place, tables: Tables) => Requirement[];

const TABLE_NAME = /^[A-Za-z0-9_.-]{1,255}$/;
const TABLE_ARN = /^arn:aws[a-z-]*:dynamodb:[a-z0-9-]+:\d{12}:table\/[A-Za-z0-9_.-]{1,255}$/;

/** Returns the ARN of a table, by name or ARN. Throws `UnknownRequestError`. */
function tableArn(nameOrArn: string, { region, accountId }: Place): string {
  if (TABLE_NAME.test(nameOrArn))
    return `arn:aws:dynamodb:${region}:${accountId}:table/${nameOrArn}`;
  if (TABLE_ARN.test(nameOrArn)) return nameOrArn;
  throw new UnknownRequestError("the table must be the name or the ARN of a table");
}

/** Returns the index of a call, if it names one. Throws `UnknownRequestError`. */
function indexOf(body: Body): string | undefined {
  if (body["IndexName"] === undefined) return undefined;
  const index = textOf(body, "IndexName");
  if (TABLE_NAME.test(index)) return index;
  throw new UnknownRequestError("IndexName must be the name of an index");
}

const action = (
  name: string,
  resource: string,
  context: Requirement["context"] = {},
): Requirement => ({
  action: `dynamodb:${name}`,
  resource,
  context,
});

/** A call about one item, whose key is in `member`. */
const itemAction =
  (name: string, member: "Key" | "Item"): RequirementsOf =>
  (body, place, tables) => {
    const table = tableArn(textOf(body, "TableName"), place);
    const keyed = bodyOf(body[member], member);
    // Without the key schema, the partition key of a whole item is not known.
    const partitionKey = tables.partitionKeyOf(table, undefined);
    const values =
      member === "Item" && partitionKey === undefined
        ? UNKNOWN
        : leadingKeys([keyed], partitionKey);
    return [
      action(name, table, {
        ...leading(values),
        "dynamodb:Attributes": attributes(body),
        ...(name === "GetItem" && { "dynamodb:Select": select(body, undefined) }),
        ...parameters(body),
      }),
    ];
  };

const search =
  (name: "Query" | "Scan"): RequirementsOf =>
  (body, place, tables) => {
    const table = tableArn(textOf(body, "TableName"), place);
    const index = indexOf(body);
    return [
      action(name, index === undefined ? table : `${table}/index/${index}`, {
        // A scan has no leading keys: "Scan returns all items regardless of the leading keys."
        ...(name === "Query" && leading(queriedKey(body, tables.partitionKeyOf(table, index)))),
        "dynamodb:Attributes": attributes(body),
        "dynamodb:Select": select(body, index),
        ...parameters(body),
      }),
    ];
  };

function batchGet(body: Body, place: Place, tables: Tables): Requirement[] {
  return Object.entries(bodyOf(body["RequestItems"], "RequestItems")).map(([name, request]) => {
    const table = tableArn(name, place);
    const read = bodyOf(request, "RequestItems");
    const keys = bodiesOf(read["Keys"], "Keys");
    return action("BatchGetItem", table, {
      ...leading(leadingKeys(keys, tables.partitionKeyOf(table, undefined))),
      "dynamodb:Attributes": attributes(read, keys),
      "dynamodb:Select": select(read, undefined),
      ...parameters(body),
    });
  });
}

function batchWrite(body: Body, place: Place, tables: Tables): Requirement[] {
  return Object.entries(bodyOf(body["RequestItems"], "RequestItems")).map(([name, writes]) => {
    const table = tableArn(name, place);
    const partitionKey = tables.partitionKeyOf(table, undefined);
    const items = bodiesOf(writes, "RequestItems").map((write) => {
      const [kind, request] = onlyMember(write, ["PutRequest", "DeleteRequest"]);
      const isPut = kind === "PutRequest";
      return { isPut, item: bodyOf(request[isPut ? "Item" : "Key"], kind) };
    });
    const keys = items.map(({ item }) => item);
    const isUnknown = partitionKey === undefined && items.some(({ isPut }) => isPut);
    return action("BatchWriteItem", table, {
      ...leading(isUnknown ? UNKNOWN : leadingKeys(keys, partitionKey)),
      "dynamodb:Attributes": attributes({}, keys),
      ...parameters(body),
    });
  });
}

/**
 * Returns the only member of an item, which must be one of `names`. Throws `UnknownRequestError`.
 */
function onlyMember(item: Body, names: readonly string[]): [string, Body] {
  const [member, ...others] = Object.entries(item);
  if (!member || others.length > 0 || !names.includes(member[0])) {
    throw new UnknownRequestError(`an item must have exactly one of ${names.join(", ")}`);
  }
  return [member[0], bodyOf(member[1], member[0])];
}

/** A transaction. Each of its items is one of `kinds`. */
const transaction =
  (operation: string, kinds: ReadonlyMap<string, RequirementsOf>): RequirementsOf =>
  (body, place, tables) =>
    bodiesOf(body["TransactItems"], "TransactItems").flatMap((item) => {
      const [kind, request] = onlyMember(item, [...kinds.keys()]);
      const requirements = kinds.get(kind)?.(request, place, tables) ?? [];
      return requirements.map((requirement) => ({
        ...requirement,
        context: {
          ...requirement.context,
          ...parameters(body),
          "dynamodb:EnclosingOperation": operation,
        },
      }));
    });

const onTable =
  (name: string): RequirementsOf =>
  (body, place) => [action(name, tableArn(textOf(body, "TableName"), place))];

/** A call about a table or, with `IndexName`, an index. */
const onTableOrIndex =
  (name: string): RequirementsOf =>
  (body, place) => {
    const index = indexOf(body);
    const table = tableArn(textOf(body, "TableName"), place);
    return [action(name, index === undefined ? table : `${table}/index/${index}`)];
  };

function resourceArn(body: Body): string {
  const arn = textOf(body, "ResourceArn");
  if (TABLE_ARN.test(arn)) return arn;
  throw new UnknownRequestError("ResourceArn must be the ARN of a table");
}

const onResource =
  (name: string, contextOf: (body: Body) => Requirement["context"] = () => ({})): RequirementsOf =>
  (body) => [action(name, resourceArn(body), contextOf(body))];

/** Returns the tags in the member `Tags`, a list of `{"Key": …, "Value": …}`. */
function tagsOf(body: Body): [string, string][] {
  if (body["Tags"] === undefined) return [];
  return bodiesOf(body["Tags"], "Tags").map((tag) => [textOf(tag, "Key"), textOf(tag, "Value")]);
}

function tagKeys(body: Body): Requirement["context"] {
  const keys = body["TagKeys"];
  if (Array.isArray(keys) && keys.every((key) => typeof key === "string"))
    return { "aws:TagKeys": keys };
  throw new UnknownRequestError("TagKeys must be a list of strings");
}

/** Throws `UnknownRequestError` for members that need permissions which are not derived here. */
function rejectMembers(body: Body, members: readonly string[]): void {
  const member = members.find((name) => body[name] !== undefined);
  if (member !== undefined) throw new UnknownRequestError(`offline does not support ${member}`);
}

function createTable(body: Body, place: Place): Requirement[] {
  rejectMembers(body, ["GlobalTableSourceArn", "GlobalTableSettingsReplicationMode"]);
  const table = tableArn(textOf(body, "TableName"), place);
  const tags = tagsOf(body);
  const actions = [
    "CreateTable",
    ...(tags.length > 0 ? ["TagResource"] : []),
    ...(body["ResourcePolicy"] === undefined ? [] : ["PutResourcePolicy"]),
  ];
  return actions.map((name) => action(name, table, tagContext(tags)));
}

function updateTable(body: Body, place: Place): Requirement[] {
  rejectMembers(body, ["ReplicaUpdates", "MultiRegionConsistency", "GlobalTableWitnessUpdates"]);
  rejectMembers(body, ["GlobalTableSettingsReplicationMode", "StreamSpecification"]);
  return [action("UpdateTable", tableArn(textOf(body, "TableName"), place))];
}

const onAll =
  (name: string): RequirementsOf =>
  () => [action(name, "*")];

const OPERATIONS: Readonly<Record<string, RequirementsOf>> = {
  GetItem: itemAction("GetItem", "Key"),
  PutItem: itemAction("PutItem", "Item"),
  UpdateItem: itemAction("UpdateItem", "Key"),
  DeleteItem: itemAction("DeleteItem", "Key"),
  Query: search("Query"),
  Scan: search("Scan"),
  BatchGetItem: batchGet,
  BatchWriteItem: batchWrite,
  TransactGetItems: transaction(
    "TransactGetItems",
    new Map([["Get", itemAction("GetItem", "Key")]]),
  ),
  TransactWriteItems: transaction(
    "TransactWriteItems",
    new Map([
      ["Put", itemAction("PutItem", "Item")],
      ["Update", itemAction("UpdateItem", "Key")],
      ["Delete", itemAction("DeleteItem", "Key")],
      ["ConditionCheck", itemAction("ConditionCheckItem", "Key")],
    ]),
  ),
  CreateTable: createTable,
  UpdateTable: updateTable,
  DeleteTable: onTable("DeleteTable"),
  DescribeTable: onTable("DescribeTable"),
  DescribeTimeToLive: onTable("DescribeTimeToLive"),
  UpdateTimeToLive: onTable("UpdateTimeToLive"),
  DescribeContinuousBackups: onTable("DescribeContinuousBackups"),
  UpdateContinuousBackups: onTable("UpdateContinuousBackups"),
  DescribeKinesisStreamingDestination: onTable("DescribeKinesisStreamingDestination"),
  DescribeContributorInsights: onTableOrIndex("DescribeContributorInsights"),
  UpdateContributorInsights: onTableOrIndex("UpdateContributorInsights"),
  TagResource: onResource("TagResource", (body) => tagContext(tagsOf(body))),
  UntagResource: onResource("UntagResource", tagKeys),
  ListTagsOfResource: onResource("ListTagsOfResource"),
  GetResourcePolicy: onResource("GetResourcePolicy"),
  PutResourcePolicy: onResource("PutResourcePolicy"),
  DeleteResourcePolicy: onResource("DeleteResourcePolicy"),
  ListTables: onAll("ListTables"),
  DescribeLimits: onAll("DescribeLimits"),
  DescribeEndpoints: onAll("DescribeEndpoints"),
};

const STREAM_ARN =
  /^arn:aws[a-z-]*:dynamodb:[a-z0-9-]+:\d{12}:table\/[A-Za-z0-9_.-]{1,255}\/stream\/[0-9T:.-]+$/;

const onStream =
  (name: string, arnOf: (body: Body) => string): RequirementsOf =>
  (body) => {
    const arn = arnOf(body);
    if (STREAM_ARN.test(arn)) return [action(name, arn)];
    throw new UnknownRequestError("the request must name the ARN of a stream");
  };

/** The operations of DynamoDB Streams. */
const STREAM_OPERATIONS: Readonly<Record<string, RequirementsOf>> = {
  ListStreams: onAll("ListStreams"),
  DescribeStream: onStream("DescribeStream", (body) => textOf(body, "StreamArn")),
  GetShardIterator: onStream("GetShardIterator", (body) => textOf(body, "StreamArn")),
  // An iterator starts with the ARN of its stream.
  GetRecords: onStream("GetRecords", (body) => textOf(body, "ShardIterator").split("|")[0] ?? ""),
};

/** The service in the target of a call of DynamoDB Streams. */
export const STREAMS_TARGET = "DynamoDBStreams_20120810";

/**
 * Returns the permissions that a call of DynamoDB needs (Service Authorization Reference, "Actions,
 * resources, and condition keys for Amazon DynamoDB").
 */
export const dynamodbNeeds = (
  target: string,
  input: unknown,
  place: Place,
  tables: Tables,
): Derivation =>
  derive(target, input, (body) => {
    const [service, operation = ""] = target.split(".");
    const operations = { DynamoDB_20120810: OPERATIONS, [STREAMS_TARGET]: STREAM_OPERATIONS }[
      service ?? ""
    ];
    const requirementsOf =
      operations && Object.hasOwn(operations, operation) ? operations[operation] : undefined;
    if (!requirementsOf) throw new UnknownRequestError("offline does not support this operation");
    return requirementsOf(body, place, tables);
  });

import { createHash } from "node:crypto";

import { attributesOf } from "./attributes.ts";
import type { Inputs, Value } from "./graph.ts";
import { answerOf, type Declared } from "./lookups.ts";
import { fromPulumi } from "./policy-document.ts";
import type { StandIns } from "./stand-ins.ts";

/** One resource as Pulumi's mock monitor reports it. */
export interface NewResource {
  type: string;
  name: string;
  inputs: Inputs;
  /** Set for an existing resource to which the app refers, as with `sst.aws.Bucket.get`. */
  id?: string;
}

/** The region and the account for which a config is evaluated. */
export interface Place {
  region: string;
  accountId: string;
}

type State = (resource: NewResource, place: Place) => { id?: Value; state: Inputs };

const text = (value: Value): string => (typeof value === "string" ? value : "");

/** A resource whose id is its name, and whose ARN ends with it. */
const named =
  (service: string, kind: string): State =>
  ({ inputs, name }, { region, accountId }) => ({
    id: inputs["name"] ?? name,
    state: {
      name: inputs["name"] ?? name,
      arn: `arn:aws:${service}:${region}:${accountId}:${kind}${text(inputs["name"] ?? name)}`,
    },
  });

const bucket: State = ({ id, inputs, name }, { region }) => {
  const physical = id || text(inputs["bucket"]) || name.toLowerCase();
  return {
    id: physical,
    state: {
      bucket: physical,
      arn: `arn:aws:s3:::${physical}`,
      bucketDomainName: `${physical}.s3.amazonaws.com`,
      bucketRegionalDomainName: `${physical}.s3.${region}.amazonaws.com`,
    },
  };
};

/** A table. Offline, another view type is another stream, as on AWS, where a label is a time. */
const table: State = (resource, place) => {
  const made = named("dynamodb", "table/")(resource, place);
  const { streamEnabled, streamViewType } = resource.inputs;
  if (streamEnabled !== true) return made;
  const streamLabel = `2026-01-01T00:00:00.00${VIEW_TYPES.indexOf(text(streamViewType)) + 1}`;
  const streamArn = `${text(made.state["arn"])}/stream/${streamLabel}`;
  return { ...made, state: { ...made.state, streamArn, streamLabel } };
};
const VIEW_TYPES = ["KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES"];

/** The attributes that AWS adds to a new resource and other resources refer to, by type. */
const STATES: Record<string, State> = {
  "aws:s3/bucketV2:BucketV2": bucket,
  "aws:s3/bucket:Bucket": bucket,
  "aws:s3/bucketNotification:BucketNotification": ({ id, inputs }) => {
    const name = id || text(inputs["bucket"]);
    // Offline, an existing bucket is created as the app needs it: with EventBridge, and without rules.
    return { id: name, state: id ? { bucket: name, eventbridge: true } : {} };
  },
  "aws:dynamodb/table:Table": table,
  // An existing topic is referred to by its ARN.
  "aws:sns/topic:Topic": (topic, place) =>
    topic.id?.startsWith("arn:") === true
      ? { id: topic.id, state: { name: topic.id.split(":").at(-1), arn: topic.id } }
      : named("sns", "")(topic, place),
  "aws:apigatewayv2/api:Api": ({ name }, { region, accountId }) => {
    const id = createHash("sha256").update(name).digest("hex").slice(0, 10);
    return {
      id,
      state: {
        apiEndpoint: `https://${id}.execute-api.${region}.amazonaws.com`,
        executionArn: `arn:aws:execute-api:${region}:${accountId}:${id}`,
      },
    };
  },
  "aws:cloudwatch/logGroup:LogGroup": named("logs", "log-group:"),
  "aws:cloudwatch/metricAlarm:MetricAlarm": named("cloudwatch", "alarm:"),
  "aws:cloudwatch/eventBus:EventBus": ({ id, inputs, name }, { region, accountId }) => {
    const bus = id || text(inputs["name"]) || name;
    const arn = `arn:aws:events:${region}:${accountId}:event-bus/${bus}`;
    return { id: bus, state: { name: bus, arn } };
  },
  "aws:cloudwatch/eventRule:EventRule": ({ inputs, name }, { region, accountId }) => {
    const rule = text(inputs["name"]) || name;
    const bus = text(inputs["eventBusName"]);
    const path = bus === "" || bus === "default" ? rule : `${bus.split("/").at(-1)}/${rule}`;
    return {
      id: rule,
      state: { name: rule, arn: `arn:aws:events:${region}:${accountId}:rule/${path}` },
    };
  },
  "aws:sqs/queue:Queue": ({ inputs, name }, { region, accountId }) => {
    const queue = text(inputs["name"]) || name;
    const url = `https://sqs.${region}.amazonaws.com/${accountId}/${queue}`;
    return {
      id: url,
      state: { name: queue, url, arn: `arn:aws:sqs:${region}:${accountId}:${queue}` },
    };
  },
  "aws:sfn/stateMachine:StateMachine": ({ inputs, name }, { region, accountId }) => {
    const machine = text(inputs["name"]) || name;
    const arn = `arn:aws:states:${region}:${accountId}:stateMachine:${machine}`;
    return { id: arn, state: { name: machine, arn } };
  },
  "aws:iam/role:Role": ({ inputs, name }, { accountId }) => {
    const role = text(inputs["name"]) || name;
    return { id: role, state: { name: role, arn: `arn:aws:iam::${accountId}:role/${role}` } };
  },
  "aws:lambda/function:Function": ({ inputs, name }, { region, accountId }) => {
    const fn = text(inputs["name"]) || name;
    const arn = `arn:aws:lambda:${region}:${accountId}:function:${fn}`;
    return { id: fn, state: { name: fn, arn, qualifiedArn: `${arn}:$LATEST` } };
  },
  "aws:lambda/functionUrl:FunctionUrl": ({ name }, { region }) => {
    const urlId = createHash("sha256").update(name).digest("hex").slice(0, 32);
    return {
      id: name,
      state: { urlId, functionUrl: `https://${urlId}.lambda-url.${region}.on.aws/` },
    };
  },
  "random:index/randomBytes:RandomBytes": ({ name }) => {
    const bytes = createHash("sha256").update(name).digest();
    return { state: { base64: bytes.toString("base64"), hex: bytes.toString("hex") } };
  },
};

/**
 * Returns the id and the attributes that a resource would have on AWS. Every resource has an `arn`.
 * The attributes of a type that offline does not know are stand-ins.
 */
export function newResource(
  resource: NewResource,
  place: Place,
  standIns: StandIns,
): { id: string; state: Inputs } {
  const { type, name, inputs } = resource;
  const known = STATES[type]?.(resource, place);
  const id = resource.id || `${name}-id`;
  const made = known ?? {
    id,
    state: attributesOf(type, name, inputs, place) ?? {},
  };
  const invented = known ? {} : standIns.of(type, name);
  const arn = `arn:aws:unknown:${place.region}:${place.accountId}:${name}`;
  return {
    id: text(made.id) || id,
    state: { ...invented, arn, ...inputs, ...made.state },
  };
}

/** An error with the property `details` of gRPC errors, which is all that Pulumi reads. */
const callError = (details: string) => Object.assign(new Error(details), { details });

/**
 * Returns what AWS would return for a data source, such as `getRegion`. Throws an error for data
 * that only AWS knows.
 */
export function call(token: string, inputs: Inputs, place: Place, declared: Declared): Inputs {
  const { region, accountId } = place;
  switch (token) {
    case "aws:index/getRegion:getRegion":
      // Version 7 of the AWS provider calls it `region`, version 6 calls it `name`.
      return { id: region, name: region, region };
    case "aws:index/getPartition:getPartition":
      return { id: "aws", partition: "aws", dnsSuffix: "amazonaws.com" };
    case "aws:index/getCallerIdentity:getCallerIdentity":
      return { id: accountId, accountId, arn: `arn:aws:iam::${accountId}:root`, userId: accountId };
    case "aws:iam/getPolicyDocument:getPolicyDocument": {
      const document = fromPulumi(inputs);
      return {
        // Without statements, SST attaches no inline policy. It tests for `undefined`.
        statements: document.Statement.length > 0 ? inputs["statements"] : undefined,
        json: JSON.stringify(document),
      };
    }
    default: {
      const answer = answerOf(token, inputs, place, declared);
      if (answer) return answer;
      throw callError(
        `the config calls ${token}, which needs AWS and is not available offline. ` +
          "Pass the value as a setting, or call it only when you deploy.",
      );
    }
  }
}

import { randomUUID } from "node:crypto";
import { authorize, bucketArn } from "../access.ts";
import { receiveText } from "../body/receive.ts";
import type { S3Context } from "../context.ts";
import { invalidArgument, S3Error } from "../error.ts";
import { MAX_NOTIFICATION_DOCUMENT_BYTES } from "../limits.ts";
import { testEventBody } from "../notification/event.ts";
import { ruleError } from "../notification/rules.ts";
import { xmlReply, type Reply } from "../reply.ts";
import type { S3Request } from "../request.ts";
import type { NotificationRule } from "../settings.ts";
import { child, children, childText, parseRoot, type XmlChild, type XmlElement } from "../xml.ts";
import { changeSettings } from "./buckets.ts";
import { requestedBucket } from "./target.ts";

/** A kind of destination: the element of its rules, the element of its ARN, and its ARN. */
interface Destination {
  readonly configuration: string;
  readonly element: string;
  readonly arn: RegExp;
}

const DESTINATIONS: readonly Destination[] = [
  {
    configuration: "TopicConfiguration",
    element: "Topic",
    arn: /^arn:aws[a-z-]*:sns:([a-z0-9-]+):\d{12}:[A-Za-z0-9_-]{1,256}$/,
  },
  {
    configuration: "QueueConfiguration",
    element: "Queue",
    arn: /^arn:aws[a-z-]*:sqs:([a-z0-9-]+):\d{12}:[A-Za-z0-9_-]{1,80}$/,
  },
  {
    configuration: "CloudFunctionConfiguration",
    element: "CloudFunction",
    arn: /^arn:aws[a-z-]*:lambda:([a-z0-9-]+):\d{12}:function:[A-Za-z0-9_-]{1,64}(?::[A-Za-z0-9_$-]+)?$/,
  },
];

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketNotificationConfiguration.html */
export function getBucketNotificationConfiguration(context: S3Context, request: S3Request): Reply {
  const bucket = requestedBucket(context, request);
  authorize(request, "s3:GetBucketNotification", bucketArn(bucket.name));
  const { notifications, eventBridge } = bucket.settings;
  return xmlReply("NotificationConfiguration", [
    ...notifications.map(writeRule),
    ...(eventBridge ? [["EventBridgeConfiguration", []] satisfies XmlChild] : []),
  ]);
}

/**
 * Replaces all rules, after each destination has accepted a test message, as S3 does.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketNotificationConfiguration.html
 */
export async function putBucketNotificationConfiguration(
  context: S3Context,
  request: S3Request,
): Promise<Reply> {
  const bucket = requestedBucket(context, request);
  authorize(request, "s3:PutBucketNotification", bucketArn(bucket.name));
  const text = await receiveText(request, MAX_NOTIFICATION_DOCUMENT_BYTES);
  const root = parseRoot(text, "NotificationConfiguration");
  const rules = DESTINATIONS.flatMap((destination) =>
    children(root, destination.configuration).map((rule) => readRule(context, destination, rule)),
  );
  const problem = ruleError(rules);
  if (problem !== undefined) throw new S3Error("InvalidArgument", { message: problem });
  if (request.header("x-amz-skip-destination-validation")?.toLowerCase() !== "true") {
    await testDestinations(context, request, bucket.name, rules);
  }
  const eventBridge = child(root, "EventBridgeConfiguration") !== undefined;
  changeSettings(context, request, { notifications: rules, eventBridge });
  return { status: 200 };
}

async function testDestinations(
  context: S3Context,
  request: S3Request,
  bucket: string,
  rules: readonly NotificationRule[],
): Promise<void> {
  const body = testEventBody(bucket, context.clock(), request.origin);
  const queues = [...new Set(rules.map((rule) => rule.queueArn))];
  const sent = await Promise.allSettled(queues.map((queueArn) => context.deliver(queueArn, body)));
  const unreachable = queues.filter((_, index) => sent[index]?.status === "rejected");
  if (unreachable.length === 0) return;
  throw new S3Error("InvalidArgument", {
    message: "Unable to validate the following destination configurations",
    details: Object.fromEntries(
      unreachable.flatMap((queueArn, index) => [
        [`ArgumentName${index + 1}`, queueArn],
        [
          `ArgumentValue${index + 1}`,
          "The destination does not exist, or its policy does not allow S3 to send to it",
        ],
      ]),
    ),
    cause: sent.find((outcome) => outcome.status === "rejected")?.reason,
  });
}

function readRule(
  context: S3Context,
  destination: Destination,
  element: XmlElement,
): NotificationRule {
  const queueArn = childText(element, destination.element)?.trim() ?? "";
  const region = destination.arn.exec(queueArn)?.[1];
  if (region === undefined) {
    throw new S3Error("InvalidArgument", {
      message: "The ARN could not be parsed",
      details: { ArgumentName: destination.element, ArgumentValue: queueArn },
    });
  }
  if (region !== context.region) {
    throw new S3Error("InvalidArgument", {
      message:
        "The notification destination service region is not valid for the bucket location constraint",
      details: { ArgumentName: destination.element, ArgumentValue: queueArn },
    });
  }
  const { filterPrefix, filterSuffix } = readFilter(element);
  return {
    id: childText(element, "Id")?.trim() || randomUUID(),
    queueArn,
    events: children(element, "Event").map((event) => event.text.trim()),
    ...(filterPrefix !== undefined && { filterPrefix }),
    ...(filterSuffix !== undefined && { filterSuffix }),
  };
}

function readFilter(element: XmlElement): { filterPrefix?: string; filterSuffix?: string } {
  const filter = child(element, "Filter");
  const key = filter && child(filter, "S3Key");
  const found: { filterPrefix?: string; filterSuffix?: string } = {};
  for (const rule of key ? children(key, "FilterRule") : []) {
    const name = childText(rule, "Name")?.trim().toLowerCase();
    const value = childText(rule, "Value") ?? "";
    const target = name === "prefix" ? "filterPrefix" : "filterSuffix";
    if (name !== "prefix" && name !== "suffix") {
      throw invalidArgument(
        "filter rule name must be either prefix or suffix",
        "FilterRule.Name",
        childText(rule, "Name") ?? "",
      );
    }
    if (found[target] !== undefined) {
      throw new S3Error("InvalidArgument", {
        message: `Cannot specify more than one ${name} rule in a filter.`,
      });
    }
    found[target] = value;
  }
  return found;
}

function writeRule(rule: NotificationRule): XmlChild {
  const filters = [
    ["Prefix", rule.filterPrefix],
    ["Suffix", rule.filterSuffix],
  ] as const;
  const rules = filters.flatMap(([name, value]): XmlChild[] =>
    value === undefined
      ? []
      : [
          [
            "FilterRule",
            [
              ["Name", name],
              ["Value", value],
            ],
          ],
        ],
  );
  const { configuration, element } = destinationOf(rule.queueArn);
  return [
    configuration,
    [
      ["Id", rule.id],
      [element, rule.queueArn],
      ...rule.events.map((event): XmlChild => ["Event", event]),
      ["Filter", rules.length > 0 ? [["S3Key", rules]] : undefined],
    ],
  ];
}

function destinationOf(arn: string): Destination {
  const found = DESTINATIONS.find((destination) => destination.arn.test(arn));
  if (found === undefined) throw new Error(`${arn} is not the ARN of a destination`);
  return found;
}

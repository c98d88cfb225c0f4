import { DETAIL_TYPES, DETAIL_TYPES_WITH_TAGS } from "../packages/core/src/subscribed-events.ts";

import { files } from "./files.ts";
import { named, settings } from "./stage.ts";

/** The rule of EventBridge for the events of an existing bucket; undefined if the bucket notifies the queue itself. */
export const rule =
  settings.existingBucket?.events === "eventbridge"
    ? new aws.cloudwatch.EventRule("FilesRule", {
        name: named("files"),
        description: "Object events of the bucket, for the queue of events.",
        eventPattern: $jsonStringify({
          source: ["aws.s3"],
          "detail-type": settings.tags ? DETAIL_TYPES_WITH_TAGS : DETAIL_TYPES,
          detail: { bucket: { name: [files.name] } },
        }),
      })
    : undefined;

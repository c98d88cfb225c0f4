import type { S3 } from "@waybill/s3";
import * as z from "zod";

import type { Commands } from "../../edge/control.ts";

const ObjectInput = z.strictObject({ bucket: z.string(), key: z.string() });
const ExpireInput = z.strictObject({ ...ObjectInput.shape, versionId: z.optional(z.string()) });
const TransitionInput = z.strictObject({ ...ObjectInput.shape, storageClass: z.string() });
const BehaviorInput = z.strictObject({
  supersededUploads: z.optional(z.enum(["hidden", "visible"])),
  removalSequencer: z.optional(z.enum(["own", "removed-version"])),
});

/** Control commands that do what lifecycle rules do, and that set what AWS leaves open; for tests. */
export const s3Commands = (engine: S3): Commands => ({
  expire: (input) => {
    const { bucket, key, versionId } = ExpireInput.parse(input);
    return { expired: engine.expire(bucket, key, versionId) };
  },
  transition: (input) => {
    const { bucket, key, storageClass } = TransitionInput.parse(input);
    engine.transition(bucket, key, storageClass);
  },
  "s3-behavior": (input) => {
    const { supersededUploads, removalSequencer } = BehaviorInput.parse(input ?? {});
    if (supersededUploads !== undefined) engine.behavior.supersededUploads = supersededUploads;
    if (removalSequencer !== undefined) engine.behavior.removalSequencer = removalSequencer;
    return engine.behavior;
  },
});

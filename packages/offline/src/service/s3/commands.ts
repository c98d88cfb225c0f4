import type { S3 } from "@waybill/s3";
import * as z from "zod";

import type { Commands } from "../../edge/control.ts";

const ObjectInput = z.object({ bucket: z.string(), key: z.string() });
const TransitionInput = z.object({ ...ObjectInput.shape, storageClass: z.string() });

/** Control commands that do what lifecycle rules do, for tests. */
export const s3Commands = (engine: S3): Commands => ({
  expire: (input) => {
    const { bucket, key } = ObjectInput.parse(input);
    return { expired: engine.expire(bucket, key) };
  },
  transition: (input) => {
    const { bucket, key, storageClass } = TransitionInput.parse(input);
    engine.transition(bucket, key, storageClass);
  },
});

import { production, settings } from "./stage.ts";

/** The bucket that the catalog describes. */
export const files = settings.existingBucket
  ? sst.aws.Bucket.get("Files", settings.existingBucket.name)
  : new sst.aws.Bucket("Files", {
      versioning: true,
      cors: false,
      lifecycle: [{ id: "AbortStaleUploads" }],
      transform: {
        bucket: (args) => {
          args.forceDestroy = !production;
        },
        // SST's lifecycle rules can only expire objects. Without this rule, the parts of incomplete
        // multipart uploads would be kept and charged forever.
        lifecycle: (args) => {
          args.rules = [
            {
              id: "AbortStaleUploads",
              status: "Enabled",
              filter: { prefix: "" },
              abortIncompleteMultipartUpload: { daysAfterInitiation: 7 },
            },
          ];
        },
      },
    });

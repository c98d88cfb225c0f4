import { production, settings } from "./stage.ts";

if (settings.existingBucket) {
  console.warn(
    `The stage ${$app.stage} uses the existing bucket ${settings.existingBucket}. A bucket has one notification configuration: deploying REPLACES all notifications of this bucket, and removing the stage removes Waybill's. Other consumers of its notifications receive no more events.`,
  );
}

/** The bucket that the catalog describes. */
export const files = settings.existingBucket
  ? sst.aws.Bucket.get("Files", settings.existingBucket)
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

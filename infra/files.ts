import { production, settings } from "./stage.ts";

if (settings.existingBucket) {
  console.warn(
    `The stage ${$app.stage} catalogues the bucket ${settings.existingBucket}, which exists already. S3 keeps one notification configuration for a bucket: deploying REPLACES all notifications that this bucket has, and removing the stage removes Waybill's. Whatever else listens to the bucket then hears nothing.`,
  );
}

/** The bucket whose objects are catalogued. */
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
        // SST's lifecycle rules can only expire objects; the parts of an upload that nobody completes
        // would be kept, and paid for, for ever.
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

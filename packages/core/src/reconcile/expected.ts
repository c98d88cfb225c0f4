import { GetMetricDataCommand } from "@aws-sdk/client-cloudwatch";

import { call } from "../aws/call.ts";
import { cloudwatch } from "../aws/cloudwatch.ts";
import { readCompleteness } from "../completeness/index.ts";
import { filesBucket } from "../resource.ts";

const DAY_MS = 86_400_000;

/**
 * About how many objects a prefix has: as many as the last complete pass over it compared, or for the
 * whole bucket as many as S3 counted a day or two ago. Undefined if neither is known. Throws a
 * `ServiceError` (`catalog.read_failed`, `reconcile.no_estimate`).
 */
export async function expectedObjects(prefix: string): Promise<number | undefined> {
  const { complete } = await readCompleteness();
  const last = complete.find((pass) => pass.prefix === prefix);
  if (last !== undefined || prefix !== "") return last?.objects;
  const Dimensions = [
    { Name: "BucketName", Value: filesBucket() },
    { Name: "StorageType", Value: "AllStorageTypes" },
  ];
  const { MetricDataResults = [] } = await call(
    cloudwatch.send(
      new GetMetricDataCommand({
        StartTime: new Date(Date.now() - 3 * DAY_MS),
        EndTime: new Date(),
        ScanBy: "TimestampDescending",
        MetricDataQueries: [
          {
            Id: "objects",
            MetricStat: {
              Metric: { Namespace: "AWS/S3", MetricName: "NumberOfObjects", Dimensions },
              Period: DAY_MS / 1000,
              Stat: "Average",
            },
          },
        ],
      }),
    ),
    "reconcile.no_estimate",
    "Could not read from CloudWatch how many objects the bucket has.",
  );
  return MetricDataResults[0]?.Values?.[0];
}

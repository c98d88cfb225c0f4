import * as z from "zod";

import { OfflineError } from "../../ground/error.ts";

/** One value of a metric, for one set of dimensions. */
export interface Datum {
  namespace: string;
  name: string;
  dimensions: Record<string, string>;
  unit: string;
  value: number;
  /** Milliseconds since the epoch. */
  time: number;
}

// "MetricDatum" in the CloudWatch API reference.
const UNITS =
  "Seconds Microseconds Milliseconds Percent Count None Count/Second " +
  "Bytes Kilobytes Megabytes Gigabytes Terabytes Bits Kilobits Megabits Gigabits Terabits " +
  "Bytes/Second Kilobytes/Second Megabytes/Second Gigabytes/Second Terabytes/Second " +
  "Bits/Second Kilobits/Second Megabits/Second Gigabits/Second Terabits/Second";

// The limits are those of the specification.
const Name = z.string().min(1).max(1024);
const Directive = z.object({
  Namespace: z.string().min(1).max(1024),
  Dimensions: z.array(z.array(Name).max(30)).min(1),
  Metrics: z
    .array(
      z.object({
        Name,
        Unit: z.enum(UNITS.split(" ")).default("None"),
        StorageResolution: z.literal([1, 60]).optional(),
      }),
    )
    .max(100),
});
const Document = z.looseObject({
  _aws: z.object({ Timestamp: z.int().min(0), CloudWatchMetrics: z.array(Directive) }),
});
const Value = z.union([z.number(), z.array(z.number()).min(1).max(100)]);

const invalid = (problem: string) =>
  new OfflineError("metrics.invalid", `CloudWatch would drop these embedded metrics: ${problem}`);

/**
 * Returns the metrics that are embedded in a line of a log (CloudWatch User Guide, "Specification:
 * Embedded metric format"). Throws `OfflineError` (`metrics.invalid`) for metrics that CloudWatch
 * would drop silently.
 */
export function parseEmf(line: string): Datum[] {
  if (!line.includes('"_aws"')) return [];
  const parsed = Document.safeParse(jsonOf(line));
  if (!parsed.success) throw invalid(z.prettifyError(parsed.error));
  const { _aws: metadata, ...members } = parsed.data;
  return metadata.CloudWatchMetrics.flatMap(({ Namespace, Dimensions, Metrics }) =>
    Dimensions.flatMap((names) => {
      const dimensions = Object.fromEntries(names.map((each) => [each, dimension(members, each)]));
      return Metrics.flatMap((metric) =>
        values(members, metric.Name).map((value) => ({
          namespace: Namespace,
          name: metric.Name,
          dimensions,
          unit: metric.Unit,
          value,
          time: metadata.Timestamp,
        })),
      );
    }),
  );
}

/** Returns the line itself, which is not a valid document, if it is not JSON. */
function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return line; // not JSON
  }
}

function dimension(members: Record<string, unknown>, name: string): string {
  const value = members[name];
  if (typeof value === "string" && value !== "") return value;
  throw invalid(`the dimension ${name} must be a text that is not empty`);
}

function values(members: Record<string, unknown>, name: string): number[] {
  const value = Value.safeParse(members[name]);
  if (value.success) return [value.data].flat();
  throw invalid(`the metric ${name} must be a number or a list of 1 to 100 numbers`);
}

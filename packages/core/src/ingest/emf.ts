import type { Tally } from "./tally.ts";

/** CloudWatch takes up to 100 values of a metric in one document. */
const MAX_VALUES = 100;

/**
 * The metrics of a batch in CloudWatch's embedded metric format: documents that CloudWatch reads as
 * metrics where they are logged (Amazon CloudWatch User Guide, "Specification: Embedded metric
 * format"). One, as a rule; none, if there is nothing to count.
 */
export function embedMetrics(
  { counts, lags }: Tally,
  dimensions: Readonly<Record<string, string>>,
  now: number,
): object[] {
  const documents: object[] = [];
  const embed = (metrics: Record<string, number | number[]>) => {
    documents.push({
      _aws: {
        Timestamp: now,
        CloudWatchMetrics: [
          {
            Namespace: "Waybill",
            Dimensions: [Object.keys(dimensions)],
            Metrics: Object.keys(metrics).map((Name) => ({
              Name,
              Unit: Name === "Lag" ? "Milliseconds" : "Count",
            })),
          },
        ],
      },
      ...dimensions,
      ...metrics,
    });
  };
  if (counts.size > 0) {
    embed({
      ...Object.fromEntries(counts),
      ...(lags.length > 0 ? { Lag: lags.slice(0, MAX_VALUES) } : {}),
    });
  }
  for (let from = MAX_VALUES; from < lags.length; from += MAX_VALUES) {
    embed({ Lag: lags.slice(from, from + MAX_VALUES) });
  }
  return documents;
}

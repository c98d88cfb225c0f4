import type { HeadObjectCommand, ListObjectsV2Command } from "@aws-sdk/client-s3";

/** A response of S3 and the times of its request, in epoch milliseconds. */
export interface Observed {
  /** By the clock of this process, just before the request was sent. */
  readonly sent: number;
  /** By the clock of this process, when the response had arrived. */
  readonly received: number;
  /** By S3's clock, when it made the response: the header `Date`; undefined if there is none. */
  readonly date: number | undefined;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Observes the requests that the SDK makes for a command, also when it retries. Returns a function that
 * returns the last response; undefined if there was none.
 */
export function observe(
  command: HeadObjectCommand | ListObjectsV2Command,
): () => Observed | undefined {
  let observed: Observed | undefined;
  const { middlewareStack } = command as HeadObjectCommand;
  middlewareStack.add(
    (next) => async (args) => {
      observed = undefined;
      const sent = Date.now();
      const result = await next(args);
      const headers = headersOf(result.response);
      observed = { sent, received: Date.now(), date: dateOf(headers), headers };
      return result;
    },
    // Inside the retries and the deserializer, which throws for an error response.
    { step: "deserialize", priority: "low", name: "observe" },
  );
  return () => observed;
}

function headersOf(response: unknown): Record<string, string> {
  if (typeof response !== "object" || response === null || !("headers" in response)) return {};
  return response.headers as Record<string, string>;
}

function dateOf(headers: Readonly<Record<string, string>>): number | undefined {
  const date = Date.parse(headers["date"] ?? "");
  return Number.isNaN(date) ? undefined : date;
}

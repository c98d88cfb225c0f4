import { ApiError, type ClientOptions, createClient, type FileRecord } from "../src/index.ts";

export const API_URL = "https://abc.lambda-url.eu-central-1.on.aws/";
export const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" };

export type Answer = (request: Request) => Response | Promise<Response>;

/** A client whose requests get these answers in turn, and the last one again; and its requests. */
export function clientWith(answers: Answer[], options: Partial<ClientOptions> = {}) {
  const requests: Request[] = [];
  const client = createClient({
    url: API_URL,
    credentials,
    fetch: async (input, init) => {
      const request = new Request(input, init);
      requests.push(request);
      const answer = answers[Math.min(requests.length, answers.length) - 1];
      if (answer === undefined) throw new TypeError("fetch failed");
      return answer(request);
    },
    ...options,
  });
  return { client, requests };
}

/** A record as the API returns it. */
export const fileRecord = (key: string): FileRecord => ({
  bucket: "files",
  key,
  region: "eu-central-1",
  sequencer: "006B03DC02".padStart(32, "0"),
  event: { name: "ObjectCreated:Put", time: "2026-11-23T06:24:02.000Z" },
  readAt: "2026-11-23T06:24:02.000Z",
  firstIndexedAt: "2026-11-23T06:24:02.000Z",
  arrivedAt: "2026-11-23T06:24:02.000Z",
  lastModified: "2026-11-23T06:24:02.000Z",
  state: "present",
  size: 5,
  etag: "5d41402abc4b2a76b9719d911017c592",
  storageClass: "STANDARD",
  metadata: {},
});

/** The record of the key that the request names. */
export const record: Answer = (request) =>
  Response.json(fileRecord(new URL(request.url).searchParams.get("key") ?? ""));

/** An error response of the API (RFC 9457). */
export const problem =
  (status: number, code: string, more: Record<string, unknown> = {}): Answer =>
  () =>
    new Response(JSON.stringify({ status, code, detail: "It failed.", retry: false, ...more }), {
      status,
      headers: { "content-type": "application/problem+json" },
    });

export const unavailable = problem(503, "catalog.read_failed", { retry: true });

/** The `ApiError` that a call fails with. */
export async function failureOf(call: Promise<unknown>): Promise<ApiError> {
  const error: unknown = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof ApiError) return error;
  throw new Error("the call did not fail with an ApiError", { cause: error });
}

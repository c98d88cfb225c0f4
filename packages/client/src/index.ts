import type {
  DuplicatesPage,
  FileRecord,
  FindPage,
  ListPage,
  RecentPage,
  Stats,
} from "./responses.ts";
import { ApiError, errorOf } from "./error.ts";
import type {
  DuplicatesParameters,
  FindParameters,
  ListParameters,
  RecentParameters,
  StatsParameters,
} from "./parameters.ts";
import { type Credentials, type CredentialsProvider, signerOf } from "./sign.ts";
import { waitAfter } from "./wait.ts";

export type * from "./responses.ts";
export { ApiError, type ParameterError } from "./error.ts";
export type * from "./parameters.ts";
export type { Credentials, CredentialsProvider } from "./sign.ts";

export interface ClientOptions {
  /** The function URL, as in `Resource.Api.url`. */
  readonly url: string;
  readonly credentials: Credentials | CredentialsProvider;
  /** Required only if the URL does not contain the region; the URLs of AWS do. */
  readonly region?: string | undefined;
  /** The number of attempts for a request whose failure may pass; 3 by default. */
  readonly maxAttempts?: number | undefined;
  /** Sends the signed requests; the platform's `fetch` by default. */
  readonly fetch?: typeof globalThis.fetch | undefined;
}

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

/** The API as typed calls. They throw an `ApiError`, or the abort reason of `signal`. */
export interface Client {
  /** Returns the record of one key, or undefined if there is none. */
  get(
    key: string,
    options?: CallOptions & { readonly deleted?: boolean | undefined },
  ): Promise<FileRecord | undefined>;
  /** Returns pages of records in key order. Each page is fetched when the loop reaches it. */
  list(parameters?: ListParameters, options?: CallOptions): AsyncIterable<ListPage>;
  /** Returns pages of records, latest arrival first. */
  recent(parameters?: RecentParameters, options?: CallOptions): AsyncIterable<RecentPage>;
  /** Returns pages of the records with the same content. Throws `catalog.no_record` if `key` has no record. */
  duplicates(
    parameters: DuplicatesParameters,
    options?: CallOptions,
  ): AsyncIterable<DuplicatesPage>;
  /** Returns pages of the records that match all conditions. A page may be empty although more follow. */
  find(parameters: FindParameters, options?: CallOptions): AsyncIterable<FindPage>;
  /** Returns the number and the total size of the files, by group. */
  stats(parameters: StatsParameters, options?: CallOptions): Promise<Stats>;
  /** Returns the API's OpenAPI document. */
  openApi(options?: CallOptions): Promise<Readonly<Record<string, unknown>>>;
}

/** Creates a client of one stage's API, for Node 22 and browsers. */
export function createClient({
  url: apiUrl,
  credentials,
  region,
  maxAttempts = 3,
  fetch: send = globalThis.fetch,
}: ClientOptions): Client {
  const base = apiUrl.endsWith("/") ? apiUrl : `${apiUrl}/`;
  const sign = signerOf(region ?? regionOf(base), credentials);

  const attempt = async (url: URL, signal: AbortSignal | undefined): Promise<unknown> => {
    const headers = await sign(url);
    let response: Response;
    try {
      response = await send(url, { headers, ...(signal && { signal }) });
      if (response.ok) return await response.json();
    } catch (cause) {
      signal?.throwIfAborted();
      throw new ApiError(
        `Could not read a response of the API from ${url.host}.`,
        {
          code: "client.no_answer",
          status: 0,
          retry: true,
          help: "Check the URL and the network connection.",
        },
        { cause },
      );
    }
    throw await errorOf(response);
  };

  /** The cast relies on the API's schemas, which are of the same version as this client. */
  const call = async <Path extends keyof Answers>(
    path: Path,
    parameters: Parameters,
    signal: AbortSignal | undefined,
  ): Promise<Answers[Path]> => {
    const url = new URL(path, base);
    url.search = queryOf(parameters);
    for (let attempts = 1; ; attempts++) {
      let wait: number;
      try {
        return (await attempt(url, signal)) as Answers[Path];
      } catch (error) {
        if (!(error instanceof ApiError) || !error.retry || attempts >= maxAttempts) throw error;
        wait = waitAfter(attempts, error.retryAfter);
      }
      await pause(wait, signal);
    }
  };

  async function* pages<Path extends PagedPath>(
    path: Path,
    parameters: Parameters,
    { signal }: CallOptions = {},
  ): AsyncGenerator<Answers[Path]> {
    for (let next: Parameters | undefined = {}; next !== undefined;) {
      const page: Answers[Path] = await call(path, { ...parameters, ...next }, signal);
      yield page;
      next = page.next;
    }
  }

  return {
    get: async (key, { deleted, signal } = {}) => {
      try {
        return await call("file", { key, deleted }, signal);
      } catch (error) {
        if (error instanceof ApiError && error.code === "catalog.no_record") return undefined;
        throw error;
      }
    },
    list: (parameters = {}, options) => pages("files", { ...parameters }, options),
    recent: (parameters = {}, options) => pages("recent", { ...parameters }, options),
    duplicates: (parameters, options) => pages("duplicates", { ...parameters }, options),
    find: ({ metadata = {}, tags = {}, ...parameters }, options) => {
      const all = { ...parameters, metadata: pairsOf(metadata), tags: pairsOf(tags) };
      return pages("find", all, options);
    },
    stats: (parameters, { signal } = {}) => call("stats", { ...parameters }, signal),
    openApi: ({ signal } = {}) => call("openapi.json", {}, signal),
  };
}

/** The response of each path. */
interface Answers {
  readonly file: FileRecord;
  readonly files: ListPage;
  readonly recent: RecentPage;
  readonly duplicates: DuplicatesPage;
  readonly find: FindPage;
  readonly stats: Stats;
  readonly "openapi.json": Readonly<Record<string, unknown>>;
}

type PagedPath = "files" | "recent" | "duplicates" | "find";

type Parameters = Readonly<
  Record<string, string | number | boolean | readonly string[] | undefined>
>;

/** `encodeURIComponent` plus the other characters that RFC 3986 reserves, as SigV4's canonical query string needs. */
function encode(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function queryOf(parameters: Parameters): string {
  return Object.entries(parameters)
    .flatMap(([name, value]) =>
      value === undefined
        ? []
        : [value].flat().map((each) => `${encode(name)}=${encode(String(each))}`),
    )
    .join("&");
}

/** Reads the region from `https://<id>.lambda-url.<region>.on.aws/`. Throws `client.no_region` for other URLs. */
function regionOf(url: string): string {
  const region = /\.lambda-url\.([a-z0-9-]+)\.on\.aws$/.exec(new URL(url).hostname)?.[1];
  if (region !== undefined) return region;
  throw new ApiError("The URL does not contain the AWS region.", {
    code: "client.no_region",
    status: 0,
    retry: false,
    help: "Pass the region of the stage as the option `region`.",
  });
}

function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, milliseconds);
    if (signal?.aborted === true) stop();
    else signal?.addEventListener("abort", stop, { once: true });
  });
}

/** A map as the parameters of a query have it. */
function pairsOf(map: Readonly<Record<string, string>>): string[] {
  return Object.entries(map).map(([name, value]) => `${name}=${value}`);
}

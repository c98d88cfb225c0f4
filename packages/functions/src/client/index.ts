import type {
  DuplicatesPage,
  FileRecord,
  FindPage,
  ListPage,
  RecentPage,
  Stats,
} from "../api/answers.ts";
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

export { ApiError, type ParameterError } from "./error.ts";
export type * from "./parameters.ts";
export type { Credentials, CredentialsProvider } from "./sign.ts";
export type { DuplicatesPage, FileRecord, FindPage, ListPage, RecentPage, Stats };

export interface ClientOptions {
  /** Of the function, as `Resource.Api.url` says it. */
  readonly url: string;
  readonly credentials: Credentials | CredentialsProvider;
  /** Needed only where the URL does not say it, as those of AWS do. */
  readonly region?: string | undefined;
  /** How often a request is made whose failure may pass; 3 if nothing is said. */
  readonly maxAttempts?: number | undefined;
  /** What sends the signed requests; the platform's own if nothing is said. */
  readonly fetch?: typeof globalThis.fetch | undefined;
}

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

/** The API as typed calls. They throw an `ApiError`, or what `signal` was aborted with. */
export interface Client {
  /** The record of one key, whatever it looks like; undefined if there is none. */
  get(
    key: string,
    options?: CallOptions & { readonly deleted?: boolean | undefined },
  ): Promise<FileRecord | undefined>;
  /** Pages of records in the order of their keys, each fetched when it is asked for. */
  list(parameters?: ListParameters, options?: CallOptions): AsyncIterable<ListPage>;
  /** Pages of records, the last modified first. */
  recent(parameters?: RecentParameters, options?: CallOptions): AsyncIterable<RecentPage>;
  /** Pages of the records with the same content. Throws `catalog.no_record` if there is none of `key`. */
  duplicates(
    parameters: DuplicatesParameters,
    options?: CallOptions,
  ): AsyncIterable<DuplicatesPage>;
  /** Pages of the records for which all of it holds; a page may be empty although more follow. */
  find(parameters: FindParameters, options?: CallOptions): AsyncIterable<FindPage>;
  /** How many files there are and how much they hold, by group. */
  stats(parameters: StatsParameters, options?: CallOptions): Promise<Stats>;
  /** The OpenAPI document of the API. */
  openApi(options?: CallOptions): Promise<Readonly<Record<string, unknown>>>;
}

/** A client of one stage's API, for Node 22 and browsers. */
export function createClient(options: ClientOptions): Client {
  const { maxAttempts = 3, fetch = globalThis.fetch } = options;
  const base = options.url.endsWith("/") ? options.url : `${options.url}/`;
  const sign = signerOf(options.region ?? regionOf(base), options.credentials);

  const attempt = async (url: URL, signal: AbortSignal | undefined): Promise<unknown> => {
    const headers = await sign(url);
    let response: Response;
    try {
      response = await fetch(url, { headers, ...(signal && { signal }) });
      if (response.ok) return await response.json();
    } catch (cause) {
      signal?.throwIfAborted();
      throw new ApiError(
        `${url.host} cannot be reached, or is not an API of Waybill.`,
        { code: "client.no_answer", status: 0, retry: true },
        { cause },
      );
    }
    throw await errorOf(response);
  };

  /** The type of an answer is what the schema in the API says, which is of the same version. */
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
    find: ({ metadata = {}, ...parameters }, options) => {
      const pairs = Object.entries(metadata).map(([name, value]) => `${name}=${value}`);
      return pages("find", { ...parameters, metadata: pairs }, options);
    },
    stats: (parameters, { signal } = {}) => call("stats", { ...parameters }, signal),
    openApi: ({ signal } = {}) => call("openapi.json", {}, signal),
  };
}

/** What each path answers with. */
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

/** As `encodeURIComponent`, and the rest that RFC 3986 reserves: a signature is over exactly that. */
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

/** The region in `https://<id>.lambda-url.<region>.on.aws/`. */
function regionOf(url: string): string {
  const region = /\.lambda-url\.([a-z0-9-]+)\.on\.aws$/.exec(new URL(url).hostname)?.[1];
  if (region !== undefined) return region;
  throw new ApiError("The URL does not say which region it is in.", {
    code: "client.no_region",
    status: 0,
    retry: false,
    help: "Give the region of the stage as an option.",
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

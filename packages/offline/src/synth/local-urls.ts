import type { Inputs, Value } from "./graph.ts";

/** The offline AWS of a deployment. */
export interface LocalPlace {
  region: string;
  /** `http://127.0.0.1:4599` */
  endpoint: string;
}

/**
 * Replaces the URLs that AWS gives to queues, functions and HTTP APIs by those of an offline AWS, at any
 * depth.
 */
export function localUrls<V extends Value>(value: V, place: LocalPlace): V {
  return local(value, place) as V;
}

function local(value: Value, place: LocalPlace): Value {
  if (typeof value === "string") return localUrl(value, place);
  if (Array.isArray(value)) return value.map((entry) => local(entry, place));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]): [string, Value] => [key, local(entry, place)]),
  ) satisfies Inputs;
}

function localUrl(url: string, { region, endpoint }: LocalPlace): string {
  const queues = `https://sqs.${region}.amazonaws.com/`;
  if (url.startsWith(queues)) return `${endpoint}/${url.slice(queues.length)}`;
  const fn = /^https:\/\/([0-9a-f]+)\.lambda-url\.[a-z0-9-]+\.on\.aws\//.exec(url);
  if (fn) return `${endpoint}/_url/${fn[1]}/${url.slice(fn[0].length)}`;
  const api = /^https:\/\/([0-9a-z]+)\.execute-api\.[a-z0-9-]+\.amazonaws\.com/.exec(url);
  if (api) return `${endpoint}/_api/${api[1]}${url.slice(api[0].length)}`;
  return url;
}

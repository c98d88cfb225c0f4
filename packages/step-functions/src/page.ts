import { invalidToken } from "./error.ts";
import { type Input, optionalInteger, optionalText } from "./input.ts";
import { MAX_PAGE } from "./limits.ts";

const DEFAULT_PAGE = 100;
const MAX_TOKEN_LENGTH = 3096;

const encode = (cursor: number) => Buffer.from(`v1:${cursor}`).toString("base64url");

function decode(token: string): number {
  const [, cursor] = /^v1:(-?\d+)$/.exec(Buffer.from(token, "base64url").toString()) ?? [];
  if (cursor === undefined) throw invalidToken();
  return Number(cursor);
}

/**
 * Returns the page of `items` that `maxResults` and `nextToken` of an input ask for. `cursorOf`
 * ascends in the order of the items, and does not change when others are added or removed.
 */
export function pageOf<Item>(
  input: Input,
  items: readonly Item[],
  cursorOf: (item: Item) => number,
): { page: Item[]; nextToken?: string } {
  const size = optionalInteger(input, "maxResults", { min: 0, max: MAX_PAGE }) || DEFAULT_PAGE;
  const token = optionalText(input, "nextToken", MAX_TOKEN_LENGTH);
  let start = 0;
  if (token !== undefined) {
    const last = decode(token);
    start = items.findIndex((item) => cursorOf(item) > last);
    if (start === -1) return { page: [] };
  }
  const page = items.slice(start, start + size);
  const end = page.at(-1);
  if (end === undefined || start + size >= items.length) return { page };
  return { page, nextToken: encode(cursorOf(end)) };
}

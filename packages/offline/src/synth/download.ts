import * as z from "zod";

/** Follows a package manager's output. */
export interface Download {
  /** Such as "12 of 40 packages, 3 MB". */
  readonly detail: string;
  /** Returns what the line says, unless it reports progress. */
  read(line: string): string | undefined;
}

const RESOLVING = "choosing versions";

/** Follows `npm install --loglevel=http`, which does not say how many packages there are. */
export function npmDownload(): Download {
  let packages = 0;
  return {
    get detail() {
      return packages === 0 ? RESOLVING : `${packages} packages`;
    },
    read(line) {
      if (!line.startsWith("npm http ")) return line;
      if (/^npm http (?:fetch GET 200|cache) \S+\.tgz /.test(line)) packages++;
      return undefined;
    },
  };
}

const Report = z.discriminatedUnion("name", [
  z.object({ name: z.literal("pnpm:progress"), status: z.string(), packageId: z.string() }),
  z.object({
    name: z.literal("pnpm:fetching-progress"),
    status: z.string(),
    size: z.nullish(z.number()),
  }),
]);

const Failure = z.object({ level: z.literal("error"), message: z.string() });

/** Follows `pnpm install --reporter=ndjson`. */
export function pnpmDownload(): Download {
  // pnpm reports some packages more than once, and fetches some that it does not install.
  const resolved = new Set<string>();
  const fetched = new Set<string>();
  let bytes = 0;
  return {
    get detail() {
      if (resolved.size === 0) return RESOLVING;
      const size = bytes === 0 ? "" : `, ${Math.round(bytes / 1_000_000)} MB`;
      const done = [...resolved].filter((id) => fetched.has(id)).length;
      return `${done} of ${resolved.size} packages${size}`;
    },
    read(line) {
      const event = parse(line);
      if (event === undefined) return line;
      const { success, data } = Report.safeParse(event);
      if (!success) return Failure.safeParse(event).data?.message;
      if (data.name === "pnpm:fetching-progress") {
        if (data.status === "started") bytes += data.size ?? 0;
      } else if (data.status === "resolved") resolved.add(data.packageId);
      else if (data.status === "fetched" || data.status === "found_in_store") {
        fetched.add(data.packageId);
      }
      return undefined;
    },
  };
}

/**
 * Returns undefined if the line is not JSON: what runs before the reporter of pnpm writes plain
 * text.
 */
function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** The route of a request, and the values of the variables in its path. */
export interface Match<R> {
  readonly route: R;
  readonly pathParameters: Readonly<Record<string, string>>;
}

/** `$default`, or `GET /pets/{id}`, with `ANY` for every method and `{name+}` for several segments. */
interface Route {
  readonly key: string;
}

/**
 * Selects the route of a request (API Gateway Developer Guide, "Create routes for HTTP APIs"): the most
 * specific path, in which a fixed segment comes before a variable and both before a greedy variable,
 * then a route of the method before `ANY`, and at last `$default`. `path` is the decoded path.
 */
export function selectRoute<R extends Route>(
  routes: readonly R[],
  method: string,
  path: string,
): Match<R> | undefined {
  const matches = routes.flatMap((route) => {
    const [wanted = "", pattern] = route.key.split(" ");
    if (pattern === undefined || (wanted !== "ANY" && wanted !== method)) return [];
    const pathParameters = parametersOf(pattern, path);
    const rank = `${rankOf(pattern)}${wanted === "ANY" ? 1 : 0}`;
    return pathParameters === undefined ? [] : [{ route, pathParameters, rank }];
  });
  const [best] = matches.toSorted((a, b) => (a.rank < b.rank ? -1 : 1));
  if (best !== undefined) return { route: best.route, pathParameters: best.pathParameters };
  const fallback = routes.find(({ key }) => key === "$default");
  return fallback && { route: fallback, pathParameters: {} };
}

const isVariable = (segment: string) => segment.startsWith("{") && segment.endsWith("}");
const isGreedy = (segment: string) => segment.startsWith("{") && segment.endsWith("+}");

/** Orders patterns that match the same path: one digit for each segment, from the first. */
function rankOf(pattern: string): string {
  return pattern
    .split("/")
    .map((segment) => (isGreedy(segment) ? 3 : isVariable(segment) ? 2 : 1))
    .join("");
}

/** Returns undefined if the path does not match. */
function parametersOf(pattern: string, path: string): Record<string, string> | undefined {
  const wanted = pattern.split("/");
  const given = path.split("/");
  const last = wanted.at(-1) ?? "";
  if (isGreedy(last) ? given.length < wanted.length : given.length !== wanted.length) {
    return undefined;
  }
  const parameters: Record<string, string> = {};
  for (const [index, segment] of wanted.entries()) {
    const value = isGreedy(segment) ? given.slice(index).join("/") : (given[index] ?? "");
    if (!isVariable(segment)) {
      if (segment !== value) return undefined;
    } else if (value === "") return undefined;
    else parameters[segment.replace(/^\{/, "").replace(/\+?\}$/, "")] = value;
  }
  return parameters;
}

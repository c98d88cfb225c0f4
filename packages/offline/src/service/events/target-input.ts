/** Returns what a target receives for an event; undefined if the path selects nothing. */
export type TargetInput = (event: unknown) => string | undefined;

/** The input of a target cannot be read, or is not supported. */
export class TargetInputError extends Error {
  override readonly name = "TargetInputError";
}

/** `.name`, `['name']` or `[0]`. */
const STEP = /\.([\w-]+)|\['([^']+)'\]|\[(\d+)\]/y;

/**
 * Parses what a target receives instead of the event: a constant, or the part that a path selects
 * (Amazon EventBridge API reference, "Target"). Throws a `TargetInputError`.
 */
export function parseTargetInput(input?: string, inputPath?: string): TargetInput {
  if (input !== undefined) {
    checkJson(input);
    return () => input;
  }
  if (inputPath === undefined) return (event) => JSON.stringify(event);
  const steps = parsePath(inputPath);
  return (event) => {
    const selected = steps.reduce<unknown>(memberOf, event);
    return selected === undefined ? undefined : JSON.stringify(selected);
  };
}

function memberOf(value: unknown, step: string): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, step)) return undefined;
  return (value as Record<string, unknown>)[step];
}

function checkJson(input: string): void {
  try {
    JSON.parse(input);
  } catch (cause) {
    throw new TargetInputError(`its input is not JSON: ${(cause as Error).message}`, { cause });
  }
}

function parsePath(path: string): string[] {
  const steps: string[] = [];
  STEP.lastIndex = 1;
  while (path.startsWith("$") && STEP.lastIndex < path.length) {
    const match = STEP.exec(path);
    if (match === null) break;
    steps.push(match[1] ?? match[2] ?? match[3] ?? "");
    if (STEP.lastIndex === path.length) return steps;
  }
  if (path === "$") return [];
  throw new TargetInputError(
    `offline does not support its inputPath ${path}. Use $ with names and indexes, such as $.detail.items[0].`,
  );
}

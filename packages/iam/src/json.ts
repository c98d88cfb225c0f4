import { PolicyError } from "./error.ts";

const WHITESPACE = /[\t\n\r ]/;

/**
 * Parses JSON, and rejects an object that has one member twice. `JSON.parse` keeps the last one
 * silently, so a second `"StringEquals"` would drop the conditions of the first; IAM rejects such a
 * policy (IAM User Guide, "Grammar of the IAM JSON policy language", policy grammar notes).
 *
 * Throws `PolicyError` `policy.bad_json`.
 */
export function parseStrictJson(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new PolicyError("policy.bad_json", "", `the policy is not JSON: ${reason}`, { cause });
  }
  rejectRepeatedMembers(text);
  return value;
}

/** Scans text that is valid JSON: a string before a colon is a member name. */
function rejectRepeatedMembers(text: string): void {
  const open: Set<string>[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at];
    if (char === "{") open.push(new Set());
    else if (char === "}") open.pop();
    else if (char === '"') {
      const end = endOfString(text, at);
      let next = end + 1;
      while (next < text.length && WHITESPACE.test(text.charAt(next))) next += 1;
      if (text[next] === ":") {
        const name = String(JSON.parse(text.slice(at, end + 1)));
        const members = open.at(-1);
        if (members?.has(name)) {
          throw new PolicyError(
            "policy.bad_json",
            "",
            `the member ${JSON.stringify(name)} occurs twice in one object`,
          );
        }
        members?.add(name);
      }
      at = end;
    }
  }
}

function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
  return at;
}

import { hash } from "node:crypto";

// What SendMessage allows: #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to
// #x10FFFF. With the u flag a lone surrogate is one character, and is in none of these ranges.
const FORBIDDEN = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u;

/** Returns the first character that is not allowed in a message, as SQS writes it (`#x1`). */
export function forbiddenCharacter(text: string): string | undefined {
  const [character] = FORBIDDEN.exec(text) ?? [];
  return character === undefined ? undefined : `#x${(character.codePointAt(0) ?? 0).toString(16)}`;
}

export const bodyMd5 = (body: string): string => hash("md5", body);

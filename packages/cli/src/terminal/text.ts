const UNITS = ["B", "KB", "MB", "GB", "TB", "PB", "EB"];

/** A number of bytes as people read it: `5 B`, `1.4 MB`. */
export function size(bytes: number): string {
  let value = bytes;
  let unit = 0;
  // What rounds to a thousand is one of the next unit.
  while (Math.round(value * 10) / 10 >= 1000 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${UNITS[unit]}`;
}

/** A whole number with its thousands apart. */
export const count = (number: number): string => number.toLocaleString("en-US");

/** `1 file`, `2 files`. */
export const counted = (number: number, noun: string): string =>
  `${count(number)} ${noun}${number === 1 ? "" : "s"}`;

/** A time of ISO 8601 to the second, in UTC: `2026-11-23 06:24:02`. */
export const time = (iso: string): string => iso.slice(0, 19).replace("T", " ");

const AGES: readonly [limit: number, seconds: number, unit: string][] = [
  [120, 1, "s"],
  [120 * 60, 60, "min"],
  [48 * 3600, 3600, "h"],
  [Number.POSITIVE_INFINITY, 86_400, "d"],
];

/** A time that has passed, to about two digits: `45 s`, `90 min`, `36 h`, `12 d`. */
export function duration(seconds: number): string {
  const passed = Math.max(0, seconds);
  const [, unitSeconds = 1, unit = "s"] = AGES.find(([limit]) => passed < limit) ?? [];
  return `${Math.floor(passed / unitSeconds)} ${unit}`;
}

/**
 * Controls, what is invisible or turns the direction of text, what is not assigned, line breaks of all kinds and
 * blanks that are no space. A variation selector that makes a picture of a sign, as in a red heart, is seen.
 */
export const UNSAFE =
  /[\p{C}\p{Zl}\p{Zp}\u2800[\p{Zs}--\x20][\p{Default_Ignorable_Code_Point}--\ufe0f]]|(?<!\p{Extended_Pictographic})\ufe0f/gv;
/** Blanks where nobody would see them. */
const EDGES = /^ | $/g;

/** Text that came from outside, safe to print: whatever could drive a terminal or hide is shown as an escape. */
export const safe = (text: string): string => text.replaceAll(UNSAFE, escapeOf);

/** The same for a name. No two of them look the same: a backslash is shown as two, and a blank at an end as an escape. */
export const escaped = (text: string): string =>
  safe(text.replaceAll("\\", "\\\\").replaceAll(EDGES, escapeOf));

function escapeOf(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const digits = code.toString(16).padStart(4, "0");
  return code > 0xffff ? `\\u{${digits}}` : `\\u${digits}`;
}

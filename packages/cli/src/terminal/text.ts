const UNITS = ["B", "KB", "MB", "GB", "TB", "PB", "EB"];

/** Formats a number of bytes: `5 B`, `1.4 MB`. */
export function size(bytes: number): string {
  let value = bytes;
  let unit = 0;
  // 999.95 would round to 1000.0, which is 1.0 of the next unit.
  while (Math.round(value * 10) / 10 >= 1000 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${UNITS[unit]}`;
}

/** Formats a whole number with thousands separators. */
export const count = (number: number): string => number.toLocaleString("en-US");

/** `1 file`, `2 files`. */
export const counted = (number: number, noun: string): string =>
  `${count(number)} ${noun}${number === 1 ? "" : "s"}`;

/** Formats an ISO 8601 time to the second: `2026-11-23 06:24:02`. */
export const time = (iso: string): string => iso.slice(0, 19).replace("T", " ");

const AGES: readonly [limit: number, seconds: number, unit: string][] = [
  [120, 1, "s"],
  [120 * 60, 60, "min"],
  [48 * 3600, 3600, "h"],
  [Number.POSITIVE_INFINITY, 86_400, "d"],
];

/** Formats a duration to about two digits: `45 s`, `90 min`, `36 h`, `12 d`. */
export function duration(seconds: number): string {
  const passed = Math.max(0, seconds);
  const [, unitSeconds = 1, unit = "s"] = AGES.find(([limit]) => passed < limit) ?? [];
  return `${Math.floor(passed / unitSeconds)} ${unit}`;
}

/**
 * Control, invisible, direction and unassigned characters, line breaks, and spaces other than U+0020. A variation
 * selector after a pictograph, as in a red heart, is visible and therefore not included.
 */
export const UNSAFE =
  /[\p{C}\p{Zl}\p{Zp}\u2800[\p{Zs}--\x20][\p{Default_Ignorable_Code_Point}--\ufe0f]]|(?<!\p{Extended_Pictographic})\ufe0f/gv;
/** Spaces at the ends, which are invisible. */
const EDGES = /^ | $/g;

/** Escapes untrusted text for a terminal: control and invisible characters. */
export const safe = (text: string): string => text.replaceAll(UNSAFE, escapeOf);

/** Escapes a name so that no two names look the same: also backslashes, and spaces at the ends. */
export const escaped = (text: string): string =>
  safe(text.replaceAll("\\", "\\\\").replaceAll(EDGES, escapeOf));

function escapeOf(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const digits = code.toString(16).padStart(4, "0");
  return code > 0xffff ? `\\u{${digits}}` : `\\u${digits}`;
}

/**
 * Quotes text as one argument of a shell. Control and invisible characters are escaped by their bytes, which bash, zsh
 * and ksh understand in `$'...'`, so that the line is safe to print.
 */
export function shellQuoted(text: string): string {
  if (safe(text) !== text) {
    const plain = text.replaceAll(/[\\']/g, "\\$&").replaceAll(UNSAFE, bytesOf);
    return `$'${plain}'`;
  }
  const isPlain = /^[\w./][\w./-]*$/.test(text);
  return isPlain ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

const bytesOf = (character: string): string =>
  [...Buffer.from(character)].map((byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join("");

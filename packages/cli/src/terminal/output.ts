import type { Progress } from "./progress.ts";
import { UNSAFE } from "./text.ts";

/** The output format: text in columns, one JSON document, or one JSON object per line. */
export type Format = "table" | "json" | "jsonl";

/** Prints to standard output. */
export function print(text: string): void {
  process.stdout.write(text);
}

/** Prints a message to standard error. */
export function note(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** Prints one value as JSON, indented or on one line. */
export const printJson = (value: unknown, format: Format): void =>
  print(`${jsonOf(value, format === "json" ? 2 : undefined)}\n`);

/**
 * Returns JSON that is safe to print on a terminal: control, invisible and direction characters are JSON escapes.
 * Line breaks remain, because they can only be of the layout: JSON escapes those in strings.
 */
export const jsonOf = (value: unknown, indent?: number): string =>
  JSON.stringify(value, null, indent).replaceAll(UNSAFE, (character) =>
    character === "\n" ? character : unitsOf(character).map(unicodeEscape).join(""),
  );

const unitsOf = (character: string) =>
  Array.from({ length: character.length }, (_, index) => character.charCodeAt(index));

const unicodeEscape = (unit: number) => `\\u${unit.toString(16).padStart(4, "0")}`;

/**
 * Prints entries as they arrive: as rows of a table, one JSON object per line, or elements of one JSON array.
 */
export class EntryPrinter<T> {
  readonly #format: Format;
  readonly #rows: (entries: readonly T[], first: boolean) => string;
  readonly #progress: Progress | undefined;
  #printed = 0;

  constructor(
    format: Format,
    rows: (entries: readonly T[], first: boolean) => string,
    progress?: Progress,
  ) {
    this.#format = format;
    this.#rows = rows;
    this.#progress = progress;
  }

  get printed(): number {
    return this.#printed;
  }

  print(entries: readonly T[]): void {
    this.#progress?.clear();
    if (this.#format === "table") {
      print(this.#rows(entries, this.#printed === 0));
    } else {
      print(entries.map((entry, index) => this.#json(entry, this.#printed + index === 0)).join(""));
    }
    this.#printed += entries.length;
  }

  /** Ends the progress line and closes the JSON array. */
  end(): void {
    this.#progress?.end();
    if (this.#format === "json") print(this.#printed === 0 ? "[]\n" : "\n]\n");
  }

  #json(entry: T, first: boolean): string {
    const json = jsonOf(entry);
    return this.#format === "jsonl" ? `${json}\n` : `${first ? "[\n" : ",\n"}  ${json}`;
  }
}

import type { Progress } from "./progress.ts";
import { UNSAFE } from "./text.ts";

/** How an answer is printed: for people, as one JSON document, or as JSON with one entry a line. */
export type Format = "people" | "json" | "jsonl";

/** Prints to standard output. */
export function print(text: string): void {
  process.stdout.write(text);
}

/** Says something beside the answer, on standard error. */
export function note(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** Prints an answer that is one thing: laid out, or on one line. */
export const printJson = (value: unknown, format: Format): void =>
  print(`${jsonOf(value, format === "json" ? 2 : undefined)}\n`);

/**
 * JSON that is safe to look at. It says the same: what could hide or turn the direction of text is
 * written as the escape that JSON has for it. New lines are of its layout, or escaped already.
 */
export const jsonOf = (value: unknown, indent?: number): string =>
  JSON.stringify(value, null, indent).replaceAll(UNSAFE, (character) =>
    character === "\n" ? character : unitsOf(character).map(unicodeEscape).join(""),
  );

const unitsOf = (character: string) =>
  Array.from({ length: character.length }, (_, index) => character.charCodeAt(index));

const unicodeEscape = (unit: number) => `\\u${unit.toString(16).padStart(4, "0")}`;

/**
 * Prints entries as they come: a page of rows for people, each on a line of its own, or as the elements
 * of one document.
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
    if (this.#format === "people") {
      print(this.#rows(entries, this.#printed === 0));
    } else {
      print(entries.map((entry, index) => this.#json(entry, this.#printed + index === 0)).join(""));
    }
    this.#printed += entries.length;
  }

  /** Closes the document; `rest` are its other fields. */
  end(): void {
    this.#progress?.end();
    if (this.#format === "json") print(this.#printed === 0 ? "[]\n" : "\n]\n");
  }

  #json(entry: T, first: boolean): string {
    const json = jsonOf(entry);
    return this.#format === "jsonl" ? `${json}\n` : `${first ? "[\n" : ",\n"}  ${json}`;
  }
}

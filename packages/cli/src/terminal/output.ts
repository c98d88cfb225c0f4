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

export interface EntryOptions<T> {
  /** The progress line, which is cleared for entries. */
  readonly progress?: Progress;
  /** The member of the JSON document that has the entries; by default the document is their array. */
  readonly member?: string;
  /** An entry as JSON; by default the entry itself. */
  readonly entryOf?: (entry: T) => unknown;
}

/**
 * Prints entries as they arrive: as rows of a table, one JSON object per line, or elements of an array in one JSON
 * document.
 */
export class EntryPrinter<T> {
  readonly #format: Format;
  readonly #rows: (entries: readonly T[], first: boolean) => string;
  readonly #options: EntryOptions<T>;
  #printed = 0;

  constructor(
    format: Format,
    rows: (entries: readonly T[], first: boolean) => string,
    options: EntryOptions<T> = {},
  ) {
    this.#format = format;
    this.#rows = rows;
    this.#options = options;
  }

  get printed(): number {
    return this.#printed;
  }

  print(entries: readonly T[]): void {
    this.#options.progress?.clear();
    if (this.#format === "table") {
      print(this.#rows(entries, this.#printed === 0));
    } else {
      print(entries.map((entry, index) => this.#json(entry, this.#printed + index === 0)).join(""));
    }
    this.#printed += entries.length;
  }

  /** Ends the progress line and the JSON document. `more` has its further members; as lines, it is the last one. */
  end(more?: Readonly<Record<string, unknown>>): void {
    this.#options.progress?.end();
    const { member } = this.#options;
    if (this.#format === "jsonl" && more !== undefined) print(`${jsonOf(more)}\n`);
    if (this.#format !== "json") return;
    const array = this.#printed === 0 ? `${this.#start}[]` : "\n]";
    if (member === undefined) return print(`${array}\n`);
    const members = Object.entries({ ...more }).filter(([, value]) => value !== undefined);
    print(
      `${array}${members.map(([name, value]) => `,\n${jsonOf(name)}: ${jsonOf(value)}`).join("")}}\n`,
    );
  }

  get #start(): string {
    const { member } = this.#options;
    return member === undefined ? "" : `{${jsonOf(member)}: `;
  }

  #json(entry: T, first: boolean): string {
    const { entryOf = (value: T): unknown => value } = this.#options;
    const json = jsonOf(entryOf(entry));
    return this.#format === "jsonl"
      ? `${json}\n`
      : `${first ? `${this.#start}[\n` : ",\n"}  ${json}`;
  }
}

import { S3Error } from "./error.ts";

/** The content of an element: text, or its children in order. `undefined` omits the element. */
export type XmlContent = string | number | boolean | undefined | readonly XmlChild[];
export type XmlChild = readonly [name: string, content: XmlContent];

const NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/";

/**
 * Writes a document. Its root has S3's namespace, except in errors, which SDKs expect without one.
 */
export function xmlDocument(
  root: string,
  content: readonly XmlChild[],
  namespaced: "S3" | "none" = "S3",
): string {
  const xmlns = namespaced === "none" ? "" : ` xmlns="${NAMESPACE}"`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${root}${xmlns}>${writeChildren(content)}</${root}>`;
}

function writeChildren(elements: readonly XmlChild[]): string {
  let text = "";
  for (const [name, content] of elements) {
    if (content === undefined) continue;
    const inner = typeof content === "object" ? writeChildren(content) : escapeXml(String(content));
    text += inner === "" ? `<${name}/>` : `<${name}>${inner}</${name}>`;
  }
  return text;
}

// eslint-disable-next-line no-control-regex -- control characters are what must be escaped
const SPECIAL = /[&<>"\u0000-\u0008\u000b-\u001f\ufffe\uffff]/g;
const NAMED: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
};

/**
 * Escapes text for an element. S3 writes a control character as a reference such as `&#x1;`, which
 * a strict XML 1.0 parser rejects. Therefore S3 has `encoding-type=url`.
 */
export function escapeXml(text: string): string {
  return text.replace(
    SPECIAL,
    (character) => NAMED[character] ?? `&#x${character.charCodeAt(0).toString(16)};`,
  );
}

export interface XmlElement {
  /** Without a namespace prefix. */
  readonly name: string;
  readonly children: readonly XmlElement[];
  /** The character data of the element itself, including whitespace. */
  readonly text: string;
}

interface OpenElement {
  readonly name: string;
  readonly qualified: string;
  readonly children: XmlElement[];
  text: string;
}

const MAX_DEPTH = 32;
const NAME_END = new Set([" ", "\t", "\n", "\r", "/", ">", "=", "<", "&", '"', "'"]);
const SPACES = new Set([" ", "\t", "\n", "\r"]);
const ENTITIES: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
};

/**
 * Parses a document. Throws `MalformedXML` if it is not well-formed or has a document type
 * declaration, which could define entities. Keeps references to control characters: a parser that
 * drops them would make `DeleteObjects` of "a\u0001" delete "a".
 */
export function parseXml(source: string): XmlElement {
  return new Reader(source).document();
}

class Reader {
  readonly #source: string;
  #at = 0;

  constructor(source: string) {
    // https://www.w3.org/TR/xml/#sec-line-ends
    this.#source = source.replaceAll("\r\n", "\n").replaceAll("\r", "\n");
  }

  document(): XmlElement {
    if (this.#source.startsWith("\ufeff")) this.#at = 1;
    const open: OpenElement[] = [];
    let root: XmlElement | undefined;
    while (this.#at < this.#source.length) {
      const parent = open.at(-1);
      const tag = this.#source.indexOf("<", this.#at);
      const end = tag === -1 ? this.#source.length : tag;
      this.#characters(this.#source.slice(this.#at, end), parent);
      this.#at = end;
      if (tag === -1) break;
      if (this.#skipMarkup(parent)) continue;
      if (this.#source.startsWith("</", tag)) {
        const closed = this.#close(open.pop());
        const outer = open.at(-1);
        if (outer) outer.children.push(closed);
        else root = closed;
        continue;
      }
      if (root) throw malformed("there is more than one root element");
      const { element: opened, empty } = this.#open();
      if (!empty) {
        open.push(opened);
        if (open.length > MAX_DEPTH) throw malformed("elements are nested too deeply");
      } else if (parent) parent.children.push(opened);
      else root = opened;
    }
    if (open.length > 0 || !root) throw malformed("the document ends too early");
    return root;
  }

  #characters(raw: string, parent: OpenElement | undefined): void {
    if (parent) parent.text += decodeReferences(raw);
    else if (raw.trim() !== "") throw malformed("there is text outside the root element");
  }

  /**
   * Skips a comment or a processing instruction, or reads CDATA as text. Returns false at anything
   * else.
   */
  #skipMarkup(parent: OpenElement | undefined): boolean {
    if (this.#source.startsWith("<!--", this.#at)) {
      this.#until("-->", 4);
      return true;
    }
    if (this.#source.startsWith("<?", this.#at)) {
      this.#until("?>", 2);
      return true;
    }
    if (this.#source.startsWith("<![CDATA[", this.#at)) {
      const text = this.#until("]]>", 9);
      if (!parent) throw malformed("there is text outside the root element");
      parent.text += text;
      return true;
    }
    if (this.#source.startsWith("<!", this.#at)) {
      throw malformed("document type declarations are not allowed");
    }
    return false;
  }

  #until(terminator: string, skip: number): string {
    const start = this.#at + skip;
    const end = this.#source.indexOf(terminator, start);
    if (end === -1) throw malformed(`"${terminator}" is missing`);
    this.#at = end + terminator.length;
    return this.#source.slice(start, end);
  }

  #open(): { element: OpenElement; empty: boolean } {
    this.#at += 1;
    const qualified = this.#name();
    for (;;) {
      const spaced = this.#spaces();
      if (this.#take("/>")) return { element: element(qualified), empty: true };
      if (this.#take(">")) return { element: element(qualified), empty: false };
      if (!spaced) throw malformed(`the tag "${qualified}" is malformed`);
      this.#attribute();
    }
  }

  #close(open: OpenElement | undefined): XmlElement {
    this.#at += 2;
    const qualified = this.#name();
    this.#spaces();
    if (!open || open.qualified !== qualified || !this.#take(">")) {
      throw malformed(`"</${qualified}>" does not match an open element`);
    }
    return open;
  }

  #attribute(): void {
    const name = this.#name();
    this.#spaces();
    if (!this.#take("=")) throw malformed(`the attribute "${name}" has no value`);
    this.#spaces();
    const quote = this.#source[this.#at];
    if (quote !== '"' && quote !== "'") throw malformed(`the attribute "${name}" is not quoted`);
    const value = this.#until(quote, 1);
    if (value.includes("<")) throw malformed(`the attribute "${name}" contains "<"`);
    decodeReferences(value);
  }

  #name(): string {
    const start = this.#at;
    while (this.#at < this.#source.length && !NAME_END.has(this.#source[this.#at] ?? "")) {
      this.#at += 1;
    }
    if (this.#at === start) throw malformed("a name is missing");
    return this.#source.slice(start, this.#at);
  }

  #spaces(): boolean {
    const start = this.#at;
    while (SPACES.has(this.#source[this.#at] ?? "")) this.#at += 1;
    return this.#at > start;
  }

  #take(token: string): boolean {
    if (!this.#source.startsWith(token, this.#at)) return false;
    this.#at += token.length;
    return true;
  }
}

function element(qualified: string): OpenElement {
  const name = qualified.slice(qualified.indexOf(":") + 1);
  return { name, qualified, children: [], text: "" };
}

function decodeReferences(raw: string): string {
  let at = raw.indexOf("&");
  if (at === -1) return raw;
  let text = "";
  let done = 0;
  while (at !== -1) {
    const end = raw.indexOf(";", at);
    if (end === -1) throw malformed('"&" does not begin a reference');
    text += raw.slice(done, at) + decodeReference(raw.slice(at + 1, end));
    done = end + 1;
    at = raw.indexOf("&", done);
  }
  return text + raw.slice(done);
}

const DECIMAL = /^#[0-9]{1,7}$/;
const HEXADECIMAL = /^#x[0-9a-fA-F]{1,6}$/;

function decodeReference(name: string): string {
  const named = Object.hasOwn(ENTITIES, name) ? ENTITIES[name] : undefined;
  if (named !== undefined) return named;
  const code = HEXADECIMAL.test(name)
    ? Number.parseInt(name.slice(2), 16)
    : DECIMAL.test(name)
      ? Number.parseInt(name.slice(1), 10)
      : Number.NaN;
  const surrogate = code >= 0xd800 && code <= 0xdfff;
  if (Number.isNaN(code) || code > 0x10ffff || surrogate) {
    throw malformed(`"&${name};" is not a known reference`);
  }
  return String.fromCodePoint(code);
}

function malformed(reason: string): S3Error {
  return new S3Error("MalformedXML", { details: { Reason: reason } });
}

/**
 * Returns the child of that name, or undefined. Throws `MalformedXML` if there is more than one.
 */
export function child(parent: XmlElement, name: string): XmlElement | undefined {
  const found = parent.children.filter((candidate) => candidate.name === name);
  if (found.length > 1) throw malformed(`"${name}" occurs more than once in "${parent.name}"`);
  return found[0];
}

export function childText(parent: XmlElement, name: string): string | undefined {
  return child(parent, name)?.text;
}

export function children(parent: XmlElement, name: string): readonly XmlElement[] {
  return parent.children.filter((candidate) => candidate.name === name);
}

/** Parses a document. Throws `MalformedXML` if its root is not `name`. */
export function parseRoot(source: string, name: string): XmlElement {
  const root = parseXml(source);
  if (root.name !== name) throw malformed(`the root is "${root.name}", not "${name}"`);
  return root;
}

/**
 * Names that a map of an item cannot have: the AWS SDK takes a map with the member `constructor` for an
 * instance of a class and refuses it, and it loses `__proto__` when it reads an item.
 */
const UNSAFE = new Set(["constructor", "__proto__"]);

/** Neither user metadata, whose names are HTTP tokens, nor tags can have it in their names. */
const ESCAPE = "\\";

/** The name under which an item stores a name that a client chose: the same one, except for a few. */
export function storedName(name: string): string {
  return UNSAFE.has(name) || name.startsWith(ESCAPE) ? ESCAPE + name : name;
}

/** The name that a client chose, from the stored one. */
export function chosenName(stored: string): string {
  return stored.startsWith(ESCAPE) ? stored.slice(ESCAPE.length) : stored;
}

/** A map with the stored names of its members. */
export function withStoredNames<T>(map: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(map).map(([name, value]) => [storedName(name), value]));
}

/** A map with the names that a client chose. It has each of them as a member of its own. */
export function withChosenNames<T>(map: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(map).map(([name, value]) => [chosenName(name), value]));
}

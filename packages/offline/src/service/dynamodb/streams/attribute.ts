/** An attribute has one member, which is named after its type. */
export type Attribute = Readonly<Record<string, unknown>>;

export type Item = Readonly<Record<string, Attribute>>;

/**
 * Returns the size of an item in bytes (DynamoDB Developer Guide, "DynamoDB item sizes and formats"). A
 * test compares it with the sizes of records from AWS.
 */
export function itemSize(item: Item): number {
  return Object.entries(item).reduce(
    (sum, [name, attribute]) => sum + Buffer.byteLength(name) + sizeOf(attribute),
    0,
  );
}

function sizeOf(attribute: Attribute): number {
  const [type, value] = only(attribute);
  switch (type) {
    case "S":
      return Buffer.byteLength(value as string);
    case "B":
      return Buffer.from(value as string, "base64").length;
    case "N":
      return numberSize(value as string);
    case "SS":
    case "BS":
    case "NS":
      return (value as string[]).reduce(
        (sum, each) => sum + sizeOf({ [type.slice(0, 1)]: each }),
        0,
      );
    case "L":
      return (value as Attribute[]).reduce((sum, each) => sum + 1 + sizeOf(each), 3);
    case "M":
      return 3 + Object.keys(value as Item).length + itemSize(value as Item);
    default:
      return 1; // NULL and BOOL
  }
}

/** "1 byte per two significant digits, 1 byte, and 1 byte for a negative number" */
function numberSize(text: string): number {
  const { digits, isNegative } = decimalOf(text);
  return 1 + Math.ceil(digits.length / 2) + (isNegative ? 1 : 0);
}

/** Whether two items have the same attributes. Sets have no order, and 1.0 is 1. */
export function sameItem(a: Item, b: Item): boolean {
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => {
      const [one, other] = [a[name], Object.hasOwn(b, name) ? b[name] : undefined];
      return one !== undefined && other !== undefined && sameAttribute(one, other);
    })
  );
}

function sameAttribute(a: Attribute, b: Attribute): boolean {
  const [[type, one], [otherType, other]] = [only(a), only(b)];
  if (type !== otherType) return false;
  if (type === "M") return sameItem(one as Item, other as Item);
  if (type === "L") {
    const [list, otherList] = [one as Attribute[], other as Attribute[]];
    return (
      list.length === otherList.length &&
      list.every((each, at) => sameAttribute(each, otherList[at] ?? {}))
    );
  }
  return textOf(type, one) === textOf(type, other);
}

/** The value of an attribute that has no attributes in it, in a form that can be compared. */
function textOf(type: string, value: unknown): string {
  if (type === "N") return canonical(value as string);
  if (/^[SNB]S$/.test(type)) {
    const elements = (value as string[]).map((each) => textOf(type.slice(0, 1), each));
    return JSON.stringify(elements.toSorted());
  }
  return String(value);
}

const canonical = (number: string): string => {
  const { digits, exponent, isNegative } = decimalOf(number);
  return digits === "" ? "0" : `${isNegative ? "-" : ""}${digits}e${exponent}`;
};

/** Returns a number as its significant digits, the power of ten of the last one, and its sign. */
function decimalOf(text: string): { digits: string; exponent: number; isNegative: boolean } {
  const [, sign, whole = "", fraction = "", power = "0"] =
    /^([-+]?)(\d*)\.?(\d*)(?:[eE]([-+]?\d+))?$/.exec(text) ?? [];
  const all = `${whole}${fraction}`.replace(/^0+/, "");
  const digits = all.replace(/0+$/, "");
  return {
    digits,
    exponent: Number(power) - fraction.length + (all.length - digits.length),
    isNegative: sign === "-" && digits !== "",
  };
}

const only = (attribute: Attribute): [string, unknown] =>
  Object.entries(attribute)[0] ?? ["NULL", true];

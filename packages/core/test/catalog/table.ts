import type { UpdatePlan } from "../../src/catalog/plan.ts";

export type Item = Record<string, unknown>;

/** A table in memory with the updates of DynamoDB that `planWrite` uses. */
export class Table {
  readonly items = new Map<string, Item>();

  item(plan: Pick<UpdatePlan, "Key">): Item | undefined {
    return this.items.get(idOf(plan));
  }

  put(item: Item): void {
    this.items.set(`${String(item["pk"])} ${String(item["sk"])}`, item);
  }

  /**
   * Makes the update if its condition holds, and returns whether it did and the item from before. A
   * test can give another condition than that of the plan.
   */
  update(
    plan: UpdatePlan,
    condition: string = plan.ConditionExpression,
  ): { written: boolean; old: Item | undefined } {
    if (condition === plan.ConditionExpression) checkUse(plan);
    const old = this.item(plan);
    const before = old ?? {};
    if (!new Evaluation(plan, condition, before).holds()) return { written: false, old };
    // The SDK does not send undefined members.
    const after: unknown = JSON.parse(JSON.stringify({ ...plan.Key, ...updated(plan, before) }));
    this.items.set(idOf(plan), after as Item);
    return { written: true, old };
  }
}

const idOf = ({ Key }: Pick<UpdatePlan, "Key">): string => `${Key.pk} ${Key.sk}`;

/** DynamoDB rejects names and values that are unused or undefined. */
function checkUse(plan: UpdatePlan): void {
  const text = `${plan.UpdateExpression} ${plan.ConditionExpression}`;
  for (const [sigil, defined] of [
    ["#", plan.ExpressionAttributeNames],
    [":", plan.ExpressionAttributeValues],
  ] as const) {
    const used = new Set(text.match(new RegExp(`${sigil}\\w+`, "g")));
    const names = Object.keys(defined);
    const unequal = [...used].filter((name) => !names.includes(name));
    unequal.push(...names.filter((name) => !used.has(name)));
    if (unequal.length > 0) throw new Error(`unused or undefined: ${unequal.join()}`);
  }
}

function updated(plan: UpdatePlan, before: Item): Item {
  const after = { ...before };
  const [set = "", remove = ""] = plan.UpdateExpression.replace(/^SET /, "").split(" REMOVE ");
  const nameOf = (alias: string) => plan.ExpressionAttributeNames[alias.trim()] ?? "";
  const valueOf = (alias: string) => plan.ExpressionAttributeValues[alias.trim()];
  for (const assignment of set.split(/, (?=#\w+ =)/)) {
    const [target = "", source = ""] = assignment.split(" = ");
    const once = /^if_not_exists\((#\w+), (:\w+)\)$/.exec(source);
    const value = once
      ? (before[nameOf(once[1] ?? "")] ?? valueOf(once[2] ?? ""))
      : source.startsWith("#")
        ? before[nameOf(source)]
        : valueOf(source);
    after[nameOf(target)] = value;
  }
  for (const name of remove.split(", ").filter((alias) => alias !== "")) delete after[nameOf(name)];
  return after;
}

/** Evaluates a condition: comparisons of paths with values, `attribute_exists` and its opposite, AND, OR, parentheses. */
class Evaluation {
  readonly #tokens: string[];
  readonly #plan: UpdatePlan;
  readonly #item: Item;

  constructor(plan: UpdatePlan, condition: string, item: Item) {
    this.#plan = plan;
    this.#item = item;
    this.#tokens = condition.match(/[#:][\w.#]+|\w+|<>|<=|>=|[<>=()]/g) ?? [];
  }

  holds(): boolean {
    const result = this.#either();
    if (this.#tokens.length > 0) throw new Error(`unparsed: ${this.#tokens.join(" ")}`);
    return result;
  }

  #either(): boolean {
    let result = this.#both();
    while (this.#tokens[0] === "OR") {
      this.#tokens.shift();
      result = this.#both() || result;
    }
    return result;
  }

  #both(): boolean {
    let result = this.#one();
    while (this.#tokens[0] === "AND") {
      this.#tokens.shift();
      result = this.#one() && result;
    }
    return result;
  }

  #one(): boolean {
    const token = this.#tokens.shift();
    if (token === "(") return this.#closed(() => this.#either());
    if (token === "attribute_not_exists" || token === "attribute_exists") {
      this.#tokens.shift();
      const there = this.#closed(() => this.#operand(this.#tokens.shift()) !== undefined);
      return there === (token === "attribute_exists");
    }
    const left = this.#operand(token);
    const operator = this.#tokens.shift();
    const right = this.#operand(this.#tokens.shift());
    // A comparison with a missing attribute is false.
    if (typeof left !== "string" || typeof right !== "string") return false;
    const order = Math.sign(Buffer.compare(Buffer.from(left), Buffer.from(right)));
    if (operator === "=") return order === 0;
    if (operator === "<") return order < 0;
    if (operator === "<=") return order <= 0;
    if (operator === ">") return order > 0;
    if (operator === ">=") return order >= 0;
    throw new Error(`unknown operator: ${operator}`);
  }

  #closed(inner: () => boolean): boolean {
    const result = inner();
    if (this.#tokens.shift() !== ")") throw new Error("a parenthesis is not closed");
    return result;
  }

  #operand(token = ""): unknown {
    if (token.startsWith(":")) return this.#plan.ExpressionAttributeValues[token];
    let value: unknown = this.#item;
    for (const alias of token.split(".")) {
      const name = this.#plan.ExpressionAttributeNames[alias];
      if (name === undefined) throw new Error(`undefined name: ${alias}`);
      value =
        typeof value === "object" && value !== null && name in value
          ? Reflect.get(value, name)
          : undefined;
    }
    return value;
  }
}

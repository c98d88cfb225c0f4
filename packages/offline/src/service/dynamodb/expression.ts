const TOKEN =
  /\s*(#[A-Za-z0-9_]+|:[A-Za-z0-9_]+|[A-Za-z_][A-Za-z0-9_]*|\d+|<>|<=|>=|[=<>(),.[\]+-])\s*/y;

// Reserved words: an attribute of this name needs a placeholder (DynamoDB Developer Guide,
// "Reserved words").
const KEYWORDS = new Set(["SET", "REMOVE", "ADD", "DELETE", "AND", "OR", "NOT", "BETWEEN", "IN"]);

/** Returns the tokens of a DynamoDB expression, or undefined if it is not one. */
function tokensOf(expression: string): string[] | undefined {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < expression.length) {
    const token = TOKEN.exec(expression)?.[1];
    if (token === undefined) return undefined;
    tokens.push(token);
  }
  return tokens;
}

const isName = (token: string): boolean => /^[#A-Za-z_]/.test(token);

/** Returns the attribute of a name token. `names` has the values of `#placeholders`. */
function attributeOf(token: string, names: ReadonlyMap<string, string>): string | undefined {
  return token.startsWith("#") ? names.get(token) : token;
}

/**
 * Returns the top-level attributes in an expression of any kind: projection, update, condition,
 * filter or key condition. Returns undefined if the expression cannot be parsed.
 */
export function attributesIn(
  expression: string,
  names: ReadonlyMap<string, string>,
): string[] | undefined {
  const tokens = tokensOf(expression);
  if (!tokens) return undefined;
  const attributes: string[] = [];
  for (const [index, token] of tokens.entries()) {
    const isFunction = !token.startsWith("#") && tokens[index + 1] === "(";
    if (
      !isName(token) ||
      tokens[index - 1] === "." ||
      isFunction ||
      KEYWORDS.has(token.toUpperCase())
    )
      continue;
    const attribute = attributeOf(token, names);
    if (attribute === undefined) return undefined;
    attributes.push(attribute);
  }
  return attributes;
}

/**
 * Returns the placeholder of the partition key's value in a key condition, such as `:pk` in `pk =
 * :pk`. If the name of the partition key is unknown, the condition must not have another part.
 */
export function partitionValueIn(
  expression: string,
  names: ReadonlyMap<string, string>,
  partitionKey: string | undefined,
): string | undefined {
  const tokens = tokensOf(expression)?.filter((token) => token !== "(" && token !== ")") ?? [];
  if (partitionKey === undefined && tokens.length !== 3) return undefined;
  const at = tokens.findIndex(
    (token, index) =>
      tokens[index + 1] === "=" &&
      isName(token) &&
      (partitionKey === undefined || attributeOf(token, names) === partitionKey),
  );
  const value = at < 0 ? undefined : tokens[at + 2];
  return value?.startsWith(":") ? value : undefined;
}

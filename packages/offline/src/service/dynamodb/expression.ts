const TOKEN =
  /\s*(#[A-Za-z0-9_]+|:[A-Za-z0-9_]+|[A-Za-z_][A-Za-z0-9_]*|\d+|<>|<=|>=|[=<>(),.[\]+-])\s*/y;

/** Reserved words (DynamoDB Developer Guide, "Reserved words in DynamoDB"), so never the name of an attribute. */
const KEYWORDS = new Set(["SET", "REMOVE", "ADD", "DELETE", "AND", "OR", "NOT", "BETWEEN", "IN"]);

/** The tokens of any DynamoDB expression; `undefined` where it is none. */
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

/** The attribute that a token names, by `ExpressionAttributeNames` where it is a placeholder. */
function attributeOf(token: string, names: ReadonlyMap<string, string>): string | undefined {
  return token.startsWith("#") ? names.get(token) : token;
}

/**
 * The top-level attributes that an expression names: of a projection, an update, a condition, a filter or a key condition.
 * `undefined` where they cannot be told.
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
 * The placeholder that a key condition wants the partition key to equal. Where the key's name is not known, the condition must
 * hold nothing else.
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

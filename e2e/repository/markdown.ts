/** Blanks code blocks, code spans and comments, and keeps the lines where they are. */
export function withoutCode(source: string): string {
  const blank = (text: string) => text.replaceAll(/[^\n]/g, " ");
  return source
    .replaceAll(/^ *(`{3,}|~{3,}).*?^ *\1/gms, blank)
    .replaceAll(/<!--.*?-->/gs, blank)
    .replaceAll(/`[^`\n]*`/g, (span) => "x".repeat(span.length));
}

/** The anchors that GitHub gives to the headings of a page. */
export function slugs(source: string): Set<string> {
  const headings = [...source.replaceAll(/^```.*?^```/gms, "").matchAll(/^#+ (.*)$/gm)];
  return new Set(
    headings.map(([, heading = ""]) =>
      heading
        .trim()
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
        .replaceAll(" ", "-"),
    ),
  );
}

/** A line that is not prose: a table, a heading, HTML, a rule, or a label of a link. */
const OTHER = /^\s*(?:\||#|<|---|\[[^\]]+\]:)/;
const LIST_ITEM = /^\s*(?:[-*]|\d+\.) +/;
/** A sentence that ends, with another one after it on the same line. */
const TWO_SENTENCES =
  /(?<!\b(?:e\.g|i\.e|vs))[.!?](?:["')*_]|\]\([^)]*\))* +(?:["'(*_]*\p{Lu}|\[)/u;
const LABEL = /^\*\*[^*]+\*\*\s*/;
const SENTENCE_ENDS = /[.!?:](?:["')*_]|\]\([^)]*\))*$/;

/** The lines that hold more than one sentence, or continue the sentence of the line before. */
export function proseProblems(source: string): string[] {
  const lines = withoutCode(source).split("\n");
  const prose = (line: string | undefined) =>
    line !== undefined && line.trim() !== "" && !OTHER.test(line);
  return lines.flatMap((line, index) => {
    if (!prose(line)) return [];
    // A bold label may be on the line of the sentence that it introduces.
    if (TWO_SENTENCES.test(line.replace(LIST_ITEM, "").replace(LABEL, ""))) {
      return [`${index + 1}: more than one sentence`];
    }
    const before = lines[index - 1];
    const continues = prose(before) && !LIST_ITEM.test(line);
    return continues && !SENTENCE_ENDS.test(before?.trimEnd() ?? "")
      ? [`${index + 1}: continues the sentence of the line before`]
      : [];
  });
}

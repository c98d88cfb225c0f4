import { Command, Option } from "commander";

import { parseCount } from "../options.ts";
import { fields } from "../terminal/fields.ts";
import { windowWidth, wrap } from "../terminal/width.ts";

/** Commander's default does not wrap help in windows narrower than 40 columns. */
export const HELP = { minWidthToWrap: 20 };

/** Creates a command with examples, each of a command line and its effect. */
export function command(name: string, description: string, examples: readonly [string, string][]) {
  const rows = examples.map(([line, effect]) => [`  waybill ${line}`, effect] as const);
  return new Command(name)
    .configureHelp(HELP)
    .description(description)
    .helpCommand(false)
    .addHelpText("after", () => `\nExamples:\n${fields(rows).trimEnd()}`);
}

/** Paragraphs below the help of a command, of the same width. */
export const paragraphs =
  (...texts: readonly string[]) =>
  (): string =>
    texts.map((text) => `\n${wrap(text, windowWidth() ?? 80).join("\n")}`).join("\n");

export const limitOption = (description: string) =>
  new Option("--limit <n>", description).argParser(parseCount);

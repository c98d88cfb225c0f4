import { styleText } from "node:util";

type Format = Parameters<typeof styleText>[0];

/** Text in a style where standard output shows one: on a terminal, unless NO_COLOR is set, or where FORCE_COLOR is. */
export const styled = (format: Format, text: string): string =>
  styleText(format, text, { stream: process.stdout });

export const dim = (text: string): string => styled("dim", text);

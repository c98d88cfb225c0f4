import { styleText } from "node:util";

type Format = Parameters<typeof styleText>[0];

/** Styles text if standard output is a terminal and NO_COLOR is not set, or if FORCE_COLOR is set. */
export const styled = (format: Format, text: string): string =>
  styleText(format, text, { stream: process.stdout });

export const dim = (text: string): string => styled("dim", text);

import type { Command, Option } from "commander";

/** What can be typed at one place of the command line. */
export interface Place {
  /** The commands before it, as in `dead show`; empty at the beginning. */
  readonly path: string;
  readonly commands: readonly Word[];
  readonly options: readonly OptionWord[];
}

export interface Word {
  readonly text: string;
  readonly description: string;
}

export interface OptionWord extends Word {
  /** What may follow it, and nothing where nobody can know; undefined where no value follows. */
  readonly values?: readonly string[] | undefined;
}

/** All places of a program, the beginning first. */
export function placesOf(program: Command): Place[] {
  return visit(program, "", program.options);
}

function visit(command: Command, path: string, everywhere: readonly Option[]): Place[] {
  const options = new Set([...command.createHelp().visibleOptions(command), ...everywhere]);
  const choices = command.registeredArguments.flatMap(({ argChoices = [], description }) =>
    argChoices.map((text) => ({ text, description })),
  );
  const place: Place = {
    path,
    commands: [...command.commands.map(wordOf), ...choices],
    options: [...options].map(optionOf),
  };
  const within = command.commands.map((sub) =>
    visit(sub, `${path} ${sub.name()}`.trim(), everywhere),
  );
  return [place, ...within.flat()];
}

const wordOf = (command: Command): Word => ({
  text: command.name(),
  description: command.description(),
});

const optionOf = (option: Option): OptionWord => ({
  text: option.long ?? option.short ?? "",
  description: option.description,
  values: option.required ? (option.argChoices ?? []) : undefined,
});

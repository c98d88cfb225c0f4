import { Command, CommanderError } from "commander";

import { getCommand } from "./command/get.ts";
import { lsCommand } from "./command/ls.ts";
import { exitCodeOf, FAILED, USAGE } from "./exit.ts";
import { escaped } from "./text.ts";

const program = new Command("waybill")
  .description("Ask the catalogue what the bucket holds.")
  .option("--stage <name>", "a stage of AWS; without it, the app that runs offline")
  .exitOverride()
  .showHelpAfterError();

for (const command of [getCommand(), lsCommand()]) {
  program.addCommand(command.exitOverride().showHelpAfterError());
}

// A reader that has seen enough, such as head, closes the pipe.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  process.exit(error.code === "EPIPE" ? 0 : FAILED);
});

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : USAGE;
  } else {
    process.stderr.write(
      `waybill: ${escaped(error instanceof Error ? error.message : String(error))}\n`,
    );
    process.exitCode = exitCodeOf(error);
  }
}

import { removeStage } from "../stack.ts";
import { Ledger } from "./ledger.ts";
import { Machine } from "./machine.ts";
import { readOptions, type SoakOptions, USAGE } from "./options.ts";
import { isSound, textOf } from "./report.ts";

async function main(options: SoakOptions): Promise<boolean> {
  const ledger = new Ledger();
  const machine = await Machine.start(options.stage, ledger.record);
  process.once("SIGINT", () => void machine.stop().then(() => process.exit(130)));
  process.once("SIGTERM", () => void machine.stop().then(() => process.exit(143)));
  let sound = false;
  try {
    Object.assign(process.env, machine.env);
    // The module reads the bindings when it is loaded.
    const { soak } = await import("./soak.ts");
    const report = await soak(options, machine, ledger, (text) => {
      if (!options.json) process.stderr.write(`${text}\n`);
    });
    process.stdout.write(options.json ? `${JSON.stringify(report)}\n` : textOf(report));
    sound = isSound(report);
  } finally {
    await machine.stop();
    if (!sound)
      process.stderr.write(`soak: kept the data of the stage in .offline/${options.stage}\n`);
  }
  if (sound) await removeStage(options.stage);
  return sound;
}

function optionsOrExit(): SoakOptions | undefined {
  try {
    const options = readOptions(process.argv.slice(2));
    if (options !== "help") return options;
    process.stdout.write(`${USAGE}\n`);
  } catch (error) {
    process.stderr.write(
      `soak: ${error instanceof Error ? error.message : String(error)}\n\n${USAGE}\n`,
    );
    process.exitCode = 2;
  }
  return undefined;
}

const options = optionsOrExit();
if (options && !(await main(options))) process.exitCode = 1;

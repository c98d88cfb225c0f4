import { isUserError } from "../ground/error.ts";
import { EventLog } from "./event-log.ts";
import { type Backend, State } from "./state.ts";
import { destroy, preview, mainOf, refresh, up, type UpdateOptions } from "./update.ts";

const COMMANDS = { up, preview, destroy, refresh };

/** The arguments of SST's CLI that change nothing offline. */
const IGNORED = new Set(["--yes", "-f", "--non-interactive"]);

interface Arguments {
  words: string[];
  /** Options that the engine does not have. */
  unknown: string[];
  stack: string;
  eventLog: string | undefined;
  config: Record<string, string>;
}

function parse(args: readonly string[]): Arguments {
  const parsed: Arguments = { words: [], unknown: [], stack: "", eventLog: undefined, config: {} };
  const rest = [...args];
  for (let next = rest.shift(); next !== undefined; next = rest.shift()) {
    if (IGNORED.has(next)) continue;
    if (next === "--stack") parsed.stack = rest.shift() ?? "";
    else if (next === "--event-log") parsed.eventLog = rest.shift();
    else if (next === "--config") {
      const [key = "", ...value] = (rest.shift() ?? "").split("=");
      parsed.config[key] = value.join("=");
    } else if (next.startsWith("-")) parsed.unknown.push(next);
    else parsed.words.push(next);
  }
  return parsed;
}

function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

const environment = (name: string): string =>
  process.env[name] ??
  fail(`${name} is not set. SST's CLI runs this program; do not run it yourself.`);

const backendOf = (stack: string): Backend => {
  const [, app = "", stage = ""] = stack.split("/");
  const folder = environment("PULUMI_BACKEND_URL").replace(/^file:\/\//, "");
  return { folder, app, stage };
};

/**
 * What SST's CLI runs as `pulumi`: `stack init`, `up`, `preview`, `refresh` and `destroy`, with the
 * files that it then reads. It deploys to the offline AWS of the stage.
 */
async function main(args: readonly string[]): Promise<boolean> {
  const { words, unknown, stack, eventLog, config } = parse(args);
  if (unknown.length > 0) {
    const message = `offline does not support the option ${unknown.join(" and ")} of Pulumi.`;
    // SST's CLI prints the errors of the event log only.
    new EventLog(eventLog).diagnostic("error", message);
    return false;
  }
  const [command = "", ...more] = words;
  if (command === "version") {
    process.stdout.write("v3.0.0-offline\n");
    return true;
  }
  if (command === "stack" && more[0] === "init") {
    State.init(backendOf(more[1] ?? ""));
    return true;
  }
  const run = Object.hasOwn(COMMANDS, command)
    ? COMMANDS[command as keyof typeof COMMANDS]
    : fail(`offline does not support the command "${words.join(" ")}" of Pulumi.`);
  const backend = backendOf(stack);
  const options: UpdateOptions = {
    backend,
    main: mainOf(backend.folder),
    passphrase: environment("PULUMI_CONFIG_PASSPHRASE"),
    eventLog,
    config,
  };
  return run(options);
}

try {
  process.exitCode = (await main(process.argv.slice(2))) ? 0 : 1;
} catch (error) {
  if (!isUserError(error)) throw error;
  fail(error.message);
}

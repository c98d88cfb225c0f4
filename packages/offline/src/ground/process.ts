import { type ChildProcess, spawn } from "node:child_process";
import type { Writable } from "node:stream";

// Reads which processes begin and end. At the end of its input, when this process is gone, it kills
// the processes that are left.
const GUARD = `
trap '' INT HUP TERM
left=' '
while read -r change pid; do
  case $change in
    began) left="$left$pid " ;;
    ended) left="\${left%% $pid *} \${left#* $pid }" ;;
  esac
done
kill -9 $left`;

let input: Writable | undefined;

/** Returns whether a process with this id exists, for any user. */
export function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/**
 * Kills a child process as soon as this process has ended, for any reason, `kill -9` included. A
 * worker cannot do that itself: its handler may block it forever.
 */
export function killWithParent(child: ChildProcess): void {
  const { pid } = child;
  if (pid === undefined) return; // it could not be started
  const guard = (input ??= startGuard());
  guard.write(`began ${pid}\n`);
  child.once("exit", () => guard.write(`ended ${pid}\n`));
}

function startGuard(): Writable {
  const guard = spawn("sh", ["-c", GUARD], { stdio: ["pipe", "ignore", "ignore"] });
  // The guard must not keep this process running.
  guard.unref();
  (guard.stdin as Writable & { unref(): void }).unref();
  // If the guard is killed, the next child gets a new one.
  const gone = () => (input = undefined);
  guard.once("exit", gone);
  guard.stdin.on("error", gone);
  return guard.stdin;
}

import { type ChildProcess, spawn } from "node:child_process";
import type { Writable } from "node:stream";

// It is told which processes begin and end, and kills those that are left when nobody can tell it any more.
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

/** Returns whether there is a process with this id, whoever owns it. */
export function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/**
 * Has a process killed when this one is gone, however it went. A worker cannot see to that itself: its handler may keep
 * it busy for ever.
 */
export function killWithUs(child: ChildProcess): void {
  const { pid } = child;
  if (pid === undefined) return; // it has not begun
  const guard = (input ??= startGuard());
  guard.write(`began ${pid}\n`);
  child.once("exit", () => guard.write(`ended ${pid}\n`));
}

function startGuard(): Writable {
  const guard = spawn("sh", ["-c", GUARD], { stdio: ["pipe", "ignore", "ignore"] });
  // It does not keep this process from ending.
  guard.unref();
  (guard.stdin as Writable & { unref(): void }).unref();
  // Somebody has ended it: the next process has another.
  const gone = () => (input = undefined);
  guard.once("exit", gone);
  guard.stdin.on("error", gone);
  return guard.stdin;
}

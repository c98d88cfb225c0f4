import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { vi } from "vitest";

const TMUX = "/usr/bin/tmux";
export const noTmux = !existsSync(TMUX);

const run = promisify(execFile);
const main = path.resolve(import.meta.dirname, "../src/main.ts");
const open = new Set<Window>();

/** A window of tmux in which bash runs a command line, with `waybill` as a command. */
export class Window {
  readonly #folder = mkdtempSync(path.join(tmpdir(), "waybill-tmux-"));

  /** Opens a window. Its environment has no other variables than `env` and those of a terminal. */
  static async open(
    columns: number,
    line: string,
    env: Readonly<Record<string, string>> = {},
  ): Promise<Window> {
    const window = new Window();
    open.add(window);
    const size = ["-x", String(columns), "-y", "100"];
    const script = `${line}\nprintf '\\nended %s\\n' $?\nexec sleep 1000`;
    await window.#tmux(["new-session", "-d", ...size, "bash", "-c", script], {
      PATH: process.env["PATH"] ?? "",
      TERM: "xterm-256color",
      LC_ALL: "C.UTF-8",
      "BASH_FUNC_waybill%%": `() { '${process.execPath}' '${main}' "$@"; }`,
      ...env,
    });
    return window;
  }

  /**
   * Returns the text of the window: with its escape sequences (`colors`), or without the line breaks that the
   * terminal added to long lines (`joined`).
   */
  async screen({ colors = false, joined = false } = {}): Promise<string> {
    const how = [...(colors ? ["-e"] : []), ...(joined ? ["-J"] : [])];
    const text = await this.#tmux(["capture-pane", "-p", ...how]);
    return `${text.replaceAll(/ +$/gm, "").trimEnd()}\n`;
  }

  /** Waits until the text matches. */
  shows(pattern: RegExp): Promise<string> {
    const matching = async () => {
      const screen = await this.screen();
      if (!pattern.test(screen)) throw new Error(`${pattern.source} does not match\n${screen}`);
      return screen;
    };
    return vi.waitFor(matching, { timeout: 60_000, interval: 100 });
  }

  /** Waits until the command line has ended. */
  async ended(): Promise<{ code: number; screen: string }> {
    const END = /\n?ended (\d+)\n$/;
    const screen = await this.shows(END);
    return { code: Number(END.exec(screen)?.[1]), screen: screen.replace(END, "") };
  }

  /** Presses keys, by their names in tmux, such as `C-c` or `Tab`. */
  async press(...keys: string[]): Promise<void> {
    await this.#tmux(["send-keys", ...keys]);
  }

  async close(): Promise<void> {
    await this.#tmux(["kill-server"]);
    rmSync(this.#folder, { recursive: true });
  }

  async #tmux(args: string[], env?: Record<string, string>): Promise<string> {
    const socket = path.join(this.#folder, "socket");
    const { stdout } = await run(TMUX, ["-S", socket, "-f", "/dev/null", "-u", ...args], { env });
    return stdout;
  }
}

/** Closes all open windows, for `afterEach`. */
export async function closeWindows(): Promise<void> {
  await Promise.all([...open].map((window) => window.close()));
  open.clear();
}

/** Runs a command line to its end, and returns the text of the window. */
export async function shown(
  columns: number,
  line: string,
  env: Readonly<Record<string, string>> = {},
): Promise<{ code: number; screen: string; colors: string }> {
  const window = await Window.open(columns, line, env);
  const ended = await window.ended();
  return { ...ended, colors: await window.screen({ colors: true }) };
}

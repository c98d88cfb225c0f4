import { SourceMap, type SourceMapPayload } from "node:module";
import path from "node:path";

import { messageOf } from "./failure.ts";

/**
 * Finds where in the sources of an app an error was thrown. Node's `--enable-source-maps` would map
 * every stack trace. Pulumi creates hundreds of them, and few evaluations fail.
 */
export class Places {
  readonly #outfile: string;
  readonly #map: string;

  /** `map` is the source map of `outfile`, as JSON. */
  constructor(outfile: string, map: string) {
    this.#outfile = outfile;
    this.#map = map;
  }

  /**
   * Returns the message of what was thrown after the first `file:line` of its stack trace that is in
   * the app. If an SST component failed in a callback, the trace has none. Then it is the first
   * one in `origins`, the stack traces of what the config called, and the line in the component
   * follows the message.
   */
  describe(thrown: unknown, root: string, origins: readonly string[] = []): string {
    const map = new SourceMap(JSON.parse(this.#map) as SourceMapPayload);
    const placesOf = (stack: string) =>
      this.#frames(stack).flatMap(([line, column]) => {
        const origin = map.findOrigin(line, column);
        if (!("fileName" in origin)) return [];
        const file = path.resolve(path.dirname(this.#outfile), origin.fileName);
        return [`${path.relative(root, file)}:${origin.lineNumber}`];
      });
    const message = messageOf(thrown);
    const own = placesOf((thrown instanceof Error ? thrown.stack : undefined) ?? "");
    const inApp = own.find(isInApp);
    if (inApp !== undefined) return `${inApp}: ${message}`;
    const origin = origins.flatMap(placesOf).find(isInApp) ?? "sst.config.ts";
    const inSst = own.map((place) => /\.sst\/platform\/src\/.*/.exec(place)?.[0]).find(Boolean);
    return `${origin}: ${message}${inSst === undefined ? "" : ` (thrown at ${inSst})`}`;
  }

  /** Returns the line and column of each frame in the bundle. */
  #frames(stack: string): [number, number][] {
    const bundle = `${path.basename(this.#outfile)}:`;
    return stack.split("\n").flatMap((frame) => {
      const at = frame.lastIndexOf(bundle);
      if (at < 0) return [];
      const [line, column] = frame.slice(at + bundle.length).split(/[^0-9]/);
      return [[Number(line), Number(column)] as [number, number]];
    });
  }
}

const isInApp = (place: string) => !/^\.\.|^\.sst\b|node_modules/.test(place);

import { SourceMap, type SourceMapPayload } from "node:module";
import path from "node:path";

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
   * Returns the message of an error after the first `file:line` of its stack trace that is in the
   * app. If an SST component failed in a callback, there is no such line; the line in the component
   * follows then.
   */
  describe({ message, stack = "" }: Error, root: string): string {
    const map = new SourceMap(JSON.parse(this.#map) as SourceMapPayload);
    const places = this.#frames(stack).flatMap(([line, column]) => {
      const origin = map.findOrigin(line, column);
      if (!("fileName" in origin)) return [];
      const file = path.resolve(path.dirname(this.#outfile), origin.fileName);
      return [`${path.relative(root, file)}:${origin.lineNumber}`];
    });
    const inApp = places.find((place) => !/^\.\.|^\.sst\b|node_modules/.test(place));
    if (inApp !== undefined) return `${inApp}: ${message}`;
    const inSst = places.map((place) => /\.sst\/platform\/src\/.*/.exec(place)?.[0]).find(Boolean);
    return `sst.config.ts: ${message}${inSst === undefined ? "" : ` (thrown at ${inSst})`}`;
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

import type { Readable } from "node:stream";
import { StringDecoder } from "node:string_decoder";

/**
 * Calls `onLine` for each line of a stream, including a last line without a newline. Only `\n` ends
 * a line. Node's `readline` also splits at a carriage return and U+2028, so a hostile object key
 * that a function logs could forge a log line.
 */
export function eachLine(stream: Readable, onLine: (line: string) => void): void {
  const decoder = new StringDecoder("utf8");
  let rest = "";
  stream.on("data", (chunk: Buffer) => {
    const lines = (rest + decoder.write(chunk)).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) onLine(line);
  });
  stream.on("end", () => {
    rest += decoder.end();
    if (rest !== "") onLine(rest);
  });
}

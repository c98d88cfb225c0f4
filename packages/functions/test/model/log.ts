import * as z from "zod/mini";

const Line = z.object({ outcome: z.string() });

/** Runs `work` with the process's output kept back, and answers with the outcomes that were logged. */
export async function outcomesOf(work: () => Promise<void>): Promise<string[]> {
  const streams = [process.stdout, process.stderr].map((stream) => ({
    stream,
    write: stream.write.bind(stream),
  }));
  let output = "";
  for (const { stream } of streams) {
    stream.write = (chunk: string | Uint8Array) => {
      output += typeof chunk === "string" ? chunk : Buffer.from(chunk).toString();
      return true;
    };
  }
  try {
    await work();
  } finally {
    for (const { stream, write } of streams) stream.write = write;
  }
  return output
    .split("\n")
    .filter((line) => line !== "")
    .flatMap((line) => Line.safeParse(JSON.parse(line)).data?.outcome ?? []);
}

import { enableCompileCache } from "node:module";

// Compiling the modules takes most of the time of a command.
enableCompileCache();
const { run } = await import("./run.ts");
await run(process.argv);

import { enableCompileCache } from "node:module";

// Most of the time that a command takes is spent on reading its own code.
enableCompileCache();
const { run } = await import("./run.ts");
await run(process.argv);

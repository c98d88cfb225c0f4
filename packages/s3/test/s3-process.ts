import { startS3 } from "../src/index.ts";

/*
 * Starts an S3 server in a process of its own, to be killed or measured. Uses the folder in the
 * first argument, delivers nothing, and prints its endpoint.
 */
const [dir = ""] = process.argv.slice(2);
const { endpoint } = await startS3({ dir });
process.stdout.write(`${endpoint}\n`);

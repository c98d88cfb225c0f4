// Evaluates and plans the examples of a checkout of SST, and prints a table of the results:
//
//   node packages/offline/test/examples/main.ts <checkout of SST> [example...]
//
// It is not part of CI, because the examples are not on npm.
import fs from "node:fs";
import path from "node:path";

import { isUserError } from "../../src/ground/error.ts";
import { plan } from "../../src/stack/plan.ts";
import { synthesize } from "../../src/synth/synthesize.ts";
import { makeApp } from "../app.ts";

/** Components that need the build of a frontend, which offline does not run. */
const SITES =
  /\bsst\.aws\.(?:Nextjs|Remix|Astro|SvelteKit|SolidStart|Nuxt|Analog|TanStackStart|React|Angular)\b/;

interface Result {
  example: string;
  kind: "aws" | "site" | "other";
  outcome: "runs fully" | "evaluates" | "refused";
  /** What is declared and not run, by type, or why the config is refused. */
  detail: string;
}

const PARALLEL = 2;

const [checkout, ...only] = process.argv.slice(2);
if (checkout === undefined) {
  process.stderr.write("usage: node main.ts <checkout of SST> [example...]\n");
  process.exit(2);
}
const folder = path.join(checkout, "examples");

function examples(): string[] {
  return fs
    .readdirSync(folder)
    .filter((name) => fs.existsSync(path.join(folder, name, "sst.config.ts")))
    .filter((name) => only.length === 0 || only.includes(name))
    .toSorted();
}

function kindOf(config: string): Result["kind"] {
  if (!/home: ["']aws["']/.test(config)) return "other";
  return SITES.test(config) ? "site" : "aws";
}

/** The declared resources, such as `aws:ecs/service:Service (2)`. */
function summary(declared: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const line of declared) {
    const [, type = "", input = ""] = /^(\S+) .*?( \(\w+\))?$/.exec(line) ?? [];
    const title = `${type}${input}`;
    counts.set(title, (counts.get(title) ?? 0) + 1);
  }
  return [...counts].map(([type, count]) => (count === 1 ? type : `${type} x${count}`)).join(", ");
}

async function evaluate(example: string): Promise<Result> {
  const kind = kindOf(fs.readFileSync(path.join(folder, example, "sst.config.ts"), "utf8"));
  const app = await makeApp();
  try {
    fs.cpSync(path.join(folder, example), app.root, {
      recursive: true,
      filter: (source) => !/(?:^|[\\/])(?:node_modules|\.sst|\.git)$/.test(source),
    });
    const graph = await synthesize({ root: app.root, stage: "offline" });
    const { declared } = plan(graph);
    const outcome = declared.length === 0 ? "runs fully" : "evaluates";
    return { example, kind, outcome, detail: summary(declared) };
  } catch (error) {
    const reason = isUserError(error) ? error.message : `BUG: ${String(error)}`;
    return { example, kind, outcome: "refused", detail: reason.split("\n")[0] ?? "" };
  } finally {
    app.remove();
  }
}

const results: Result[] = [];
const queue = examples();
await Promise.all(
  Array.from({ length: PARALLEL }, async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const result = await evaluate(next);
      results.push(result);
      process.stderr.write(`${next}: ${result.outcome}\n`);
    }
  }),
);

const escaped = (text: string) => text.replaceAll("|", "\\|");
const rows = results
  .toSorted((a, b) => (a.example < b.example ? -1 : 1))
  .map(
    ({ example, kind, outcome, detail }) =>
      `| ${example} | ${kind} | ${outcome} | ${escaped(detail)} |`,
  );
const totals = (["aws", "site", "other"] as const).map((kind) => {
  const own = results.filter((result) => result.kind === kind);
  const count = (outcome: Result["outcome"]) => own.filter((r) => r.outcome === outcome).length;
  return `${kind}: ${own.length} examples, ${count("runs fully")} run fully, ${count("evaluates")} evaluate, ${count("refused")} are refused`;
});
process.stdout.write(
  `| Example | Kind | Result | Declared but not run, or reason |\n| --- | --- | --- | --- |\n${rows.join("\n")}\n\n${totals.join("\n")}\n`,
);

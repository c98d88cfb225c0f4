import fs from "node:fs";
import path from "node:path";

import base from "../tsdown.config.ts";

const dynalite = path.join(import.meta.dirname, "node_modules", "dynalite");

export default {
  ...base,
  entry: {
    ...base.entry,
    main: "src/main.ts",
    pulumi: "src/pulumi/main.ts",
    evaluate: "src/synth/evaluate.ts",
  },
  plugins: [
    {
      // npm does not apply our patch, and dynalite finds its own files by name: the patched package is part of `dist`.
      name: "dynalite",
      resolveId: (id: string) =>
        id === "dynalite" ? { id: "./dynalite/index.js", external: true } : undefined,
    },
  ],
  hooks: {
    "build:done": () => {
      const target = path.join(import.meta.dirname, "dist", "dynalite");
      for (const part of ["package.json", "index.js", "actions", "db", "validations"]) {
        fs.cpSync(path.join(dynalite, part), path.join(target, part), { recursive: true });
      }
      // pnpm takes any file LICENSE for the one of this package, and then does not add ours.
      fs.cpSync(path.join(dynalite, "LICENSE"), path.join(target, "dynalite-license.txt"));
    },
  },
};

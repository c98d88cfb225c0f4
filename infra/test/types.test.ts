import { expect, test } from "vitest";

import { staleBindingTypes } from "../../packages/offline/src/synth/types.ts";
import { graphOf } from "./graph.ts";
import { root } from "./root.ts";

test("sst-env.d.ts says what the infrastructure binds (pnpm offline synth --types writes it)", () => {
  expect(staleBindingTypes(graphOf("dev") as never, root)).toEqual([]);
});

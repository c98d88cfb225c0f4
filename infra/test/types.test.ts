import { staleBindingTypes } from "@waybill/offline/synth";
import { expect, test } from "vitest";

import { graphOf } from "./graph.ts";
import { root } from "./root.ts";

test("sst-env.d.ts is up to date (`pnpm offline synth --types` writes it)", () => {
  expect(staleBindingTypes(graphOf("dev"), root)).toEqual([]);
});

// What `@waybill/offline/synth` exports.
export {
  type Graph,
  type GraphFunction,
  type GraphResource,
  type Inputs,
  resourcesOf,
  type Value,
} from "./graph.ts";
export { ensurePlatform } from "./platform.ts";
export { synthesize, type SynthOptions } from "./synthesize.ts";
export { staleBindingTypes } from "./types.ts";

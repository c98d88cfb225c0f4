export { collectRanges } from "./collect.ts";
export { publishPass } from "./metrics.ts";
export { planPass } from "./plan.ts";
export { findHead } from "./store.ts";
export { workOnRange } from "./work.ts";

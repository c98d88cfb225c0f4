export type { DifferenceKind } from "./difference.ts";
export type { Finding, PassState } from "./pass.ts";
export { expectedObjects } from "./expected.ts";
export { priceOf, type Usage } from "./usage.ts";
export { endedPass, type Pass, startPass } from "./start.ts";

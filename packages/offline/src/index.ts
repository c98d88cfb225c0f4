// What `@waybill/offline` exports.
export type { StackEvent, StackOptions } from "./service/service.ts";
export { type Stack, startStack } from "./stack/stack.ts";

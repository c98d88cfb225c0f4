export type { DeadLetter, DeadObject } from "./letter.ts";
export { countDeadLetters, type DeadLetters, lookAtDeadLetters } from "./look.ts";
export { lastRedrive, MAX_RATE, type Redrive, startRedrive } from "./redrive.ts";

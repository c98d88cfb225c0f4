export type { DeadLetter } from "./letter.ts";
export { countDeadLetters, lookAtDeadLetters } from "./look.ts";
export { lastRedrive, MAX_RATE, type Redrive, startRedrive } from "./redrive.ts";

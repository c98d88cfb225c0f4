export type { DeadLetter } from "./letter.ts";
export { countDeadLetters, listDeadLetters } from "./list.ts";
export { lastRedrive, type Redrive, startRedrive } from "./redrive.ts";
export { dropDeadLetters, redriveDeadLetters } from "./remove.ts";

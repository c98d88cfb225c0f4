import { Logger } from "@aws-lambda-powertools/logger";

import { app } from "./resource.ts";

/** The process's log: one JSON object per line, with the stage in each. */
export const logger = new Logger({
  serviceName: app().name,
  persistentKeys: { stage: app().stage },
});

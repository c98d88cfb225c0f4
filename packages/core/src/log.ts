import { Logger } from "@aws-lambda-powertools/logger";

import { app } from "./resource.ts";

/** The logger of the process: one JSON object per line, each with the stage. */
export const logger = new Logger({
  serviceName: app().name,
  persistentKeys: { stage: app().stage },
});

/** The stage whose data must outlive a mistake: protected, retained, never emptied. */
export const production = $app.stage === "production";

/** How long one invocation of the ingest function may take; the queue's visibility follows it. */
export const INGEST_TIMEOUT_SECONDS = 60;

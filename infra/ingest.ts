import { onlyLambda, readTags, readVersions, writeLogs, writeRecords } from "./authority.ts";
import { catalog } from "./catalog.ts";
import { events } from "./events.ts";
import { files } from "./files.ts";
import { stageSettings } from "./settings.ts";
import { INGEST_TIMEOUT_SECONDS, named, settings } from "./stage.ts";

const logGroup = new aws.cloudwatch.LogGroup("IngestLogs", {
  name: `/waybill/${$app.stage}/ingest`,
  retentionInDays: 30,
});

/** Writes S3's events to the catalog. */
export const ingest = events.subscribe(
  {
    name: named("ingest"),
    handler: "packages/functions/src/ingest.handler",
    runtime: "nodejs22.x",
    architecture: "arm64",
    memory: "512 MB",
    timeout: `${INGEST_TIMEOUT_SECONDS} seconds`,
    link: [files, catalog, stageSettings],
    permissions: [
      readVersions(files),
      ...(settings.tags ? [readTags(files)] : []),
      writeRecords(catalog),
      writeLogs(logGroup),
    ],
    logging: { format: "json", logGroup: logGroup.name },
    nodejs: { minify: true },
    transform: { role: onlyLambda },
  },
  {
    batch: { size: 10, partialResponses: true },
    transform: {
      eventSourceMapping: (args) => {
        args.scalingConfig = { maximumConcurrency: 20 };
      },
    },
  },
);

/// <reference path="./.sst/platform/config.d.ts" />

export default $config({
  app({ stage }) {
    const production = stage === "production";
    return {
      name: "waybill",
      home: "aws",
      removal: production ? "retain" : "remove",
      protect: production,
      providers: {
        aws: { defaultTags: { tags: { app: "waybill", stage } } },
      },
    };
  },
  async run() {
    await import("./infra/links.ts");
    const { files } = await import("./infra/files.ts");
    const { catalog } = await import("./infra/catalog.ts");
    const { deadEvents } = await import("./infra/events.ts");
    await import("./infra/ingest.ts");
    await import("./infra/notify.ts");
    await import("./infra/reconcile.ts");
    const { api } = await import("./infra/api.ts");
    await import("./infra/alarms.ts");
    await import("./infra/dashboard.ts");
    return {
      bucket: files.name,
      catalog: catalog.name,
      deadEvents: deadEvents.url,
      api: api.url,
    };
  },
});

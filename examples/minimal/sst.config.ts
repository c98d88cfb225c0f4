/// <reference path="./.sst/platform/config.d.ts" />

export default $config({
  app: () => ({ name: "minimal", home: "aws" }),
  async run() {
    const sizes = new sst.aws.Dynamo("Sizes", {
      fields: { key: "string" },
      primaryIndex: { hashKey: "key" },
    });
    const events = new sst.aws.Queue("Events");
    events.subscribe({ handler: "src/events.handler", runtime: "nodejs22.x", link: [sizes] });
    const files = new sst.aws.Bucket("Files");
    files.notify({
      notifications: [{ name: "Events", queue: events, events: ["s3:ObjectCreated:*"] }],
    });
    return { bucket: files.name, table: sizes.name };
  },
});

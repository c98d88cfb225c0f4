/// <reference path="./.sst/platform/config.d.ts" />

export default $config({
  app(input) {
    return { name: "waybill", home: "aws", removal: "remove" };
  },
  async run() {
    const files = new sst.aws.Bucket("Files");
    return { files: files.name };
  },
});

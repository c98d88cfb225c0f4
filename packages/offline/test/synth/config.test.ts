import { expect, test } from "vitest";

import { checkApp, checkConfig } from "../../src/synth/config.ts";

const app = () => ({ name: "a", home: "aws" });
const run = () => Promise.resolve({});
const configError = (message: string) =>
  expect.objectContaining({ code: "synth.config_invalid", message: `sst.config.ts: ${message}` });

test.each([
  [undefined, "app"],
  [3, "app"],
  [{ run }, "app"],
  [{ app }, "run"],
  [{ app, run: 1 }, "run"],
])("rejects a config without app or run: %o", (config, missing) => {
  expect(() => checkConfig(config)).toThrow(
    configError(`the function ${missing} is missing. Write: export default $config({ app, run })`),
  );
});

test.each([undefined, {}, { name: "my app", home: "aws" }, { name: "", home: "aws" }])(
  "rejects an app whose name cannot be part of other names: %o",
  (value) => {
    expect(() => checkApp(value)).toThrow(
      configError("app() must return a `name` of letters, digits and hyphens."),
    );
  },
);

test("rejects an app without a home", () => {
  expect(() => checkApp({ name: "a" })).toThrow(
    configError('app() must return a `home`, such as "aws".'),
  );
});

test("accepts what SST accepts", () => {
  expect(() => checkConfig({ app, run })).not.toThrow();
  expect(() => checkApp({ ...app(), removal: "remove" })).not.toThrow();
});

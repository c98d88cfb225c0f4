import { expect, test } from "vitest";

import { checkApp, checkConfig } from "../../src/synth/config.ts";

const app = () => ({ name: "a", home: "aws" });
const run = () => Promise.resolve({});
const refusal = (message: string) =>
  expect.objectContaining({ code: "synth.config_invalid", message: `sst.config.ts: ${message}` });

test.each([
  [undefined, "app"],
  [3, "app"],
  [{ run }, "app"],
  [{ app }, "run"],
  [{ app, run: 1 }, "run"],
])("a config is an app and what it runs, and not %o", (config, missing) => {
  expect(() => checkConfig(config)).toThrow(
    refusal(`it must say: export default $config({ app, run }). There is no function ${missing}.`),
  );
});

test.each([undefined, {}, { name: "my app", home: "aws" }, { name: "", home: "aws" }])(
  "an app needs a name that can be part of other names, and not %o",
  (value) => {
    expect(() => checkApp(value)).toThrow(
      refusal("app() must return a name of letters, digits and hyphens."),
    );
  },
);

test("an app needs a home", () => {
  expect(() => checkApp({ name: "a" })).toThrow(
    refusal('app() must return a home, such as "aws".'),
  );
});

test("what SST takes is taken", () => {
  expect(() => checkConfig({ app, run })).not.toThrow();
  expect(() => checkApp({ ...app(), removal: "remove" })).not.toThrow();
});

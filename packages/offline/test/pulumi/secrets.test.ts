import { expect, test } from "vitest";

import { Secrets } from "../../src/pulumi/secrets.ts";
import { secret } from "../../src/synth/marked.ts";

const inputs = { name: "a", token: secret(["x", 1]) };

test("a state has its secrets only in encrypted form, and gives them back", () => {
  const secrets = Secrets.open("passphrase");
  const encrypted = secrets.encrypted(inputs);
  expect(JSON.stringify(encrypted)).not.toContain('"x"');
  expect(Secrets.open("passphrase", secrets.state).decrypted(encrypted)).toEqual(inputs);
});

test("a state that Pulumi has encrypted is read", () => {
  // "Passphrase secrets manager" in the tests of Pulumi (pkg/secrets/passphrase/manager_test.go).
  const state = "v1:fozI5u6B030=:v1:F+6ZduKKd8G0/V7L:PGMFeIzwobWRKmEAzUdaQHqC5mMRIQ==";
  expect(() => Secrets.open("password", state)).not.toThrow();
  expect(() => Secrets.open("another", state)).toThrow("the passphrase does not fit");
});

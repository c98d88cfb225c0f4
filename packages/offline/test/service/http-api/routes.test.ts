import * as fc from "fast-check";
import { expect, test } from "vitest";

import { selectRoute } from "../../../src/service/http-api/routes.ts";

// The example of the API Gateway Developer Guide, "Create routes for HTTP APIs".
const ROUTES = [
  "GET /pets/dog/1",
  "GET /pets/dog/{id}",
  "GET /pets/{proxy+}",
  "ANY /{proxy+}",
  "$default",
].map((key) => ({ key }));

test.each([
  ["GET", "/pets/dog/1", "GET /pets/dog/1", {}],
  ["GET", "/pets/dog/2", "GET /pets/dog/{id}", { id: "2" }],
  ["GET", "/pets/cat/1", "GET /pets/{proxy+}", { proxy: "cat/1" }],
  ["POST", "/test/5", "ANY /{proxy+}", { proxy: "test/5" }],
  ["GET", "/", "$default", {}],
])("%s %s selects %s", (method, path, key, pathParameters) => {
  expect(selectRoute(ROUTES, method, path)).toEqual({ route: { key }, pathParameters });
});

test("a route of the method comes before ANY, and a more specific path before both", () => {
  const routes = ["ANY /a", "GET /a", "GET /{x}", "ANY /a/b"].map((key) => ({ key }));

  expect(selectRoute(routes, "GET", "/a")?.route.key).toBe("GET /a");
  expect(selectRoute(routes, "PUT", "/a")?.route.key).toBe("ANY /a");
  expect(selectRoute(routes, "GET", "/a/b")?.route.key).toBe("ANY /a/b");
  expect(selectRoute(routes, "PUT", "/b")).toBeUndefined();
  expect(selectRoute(routes, "GET", "/a/")).toBeUndefined();
});

test("the order of the routes does not matter", () => {
  const segment = fc.constantFrom("a", "b", "{x}", "{y}");
  const path = fc
    .tuple(fc.array(segment, { maxLength: 3 }), fc.boolean())
    .map(([segments, greedy]) => `/${[...segments, ...(greedy ? ["{proxy+}"] : [])].join("/")}`);
  const key = fc.tuple(fc.constantFrom("GET", "ANY"), path).map((parts) => parts.join(" "));
  // API Gateway rejects routes that differ only in the names of variables.
  const routes = fc.uniqueArray(key, { selector: (one) => one.replaceAll(/\{[xy]\}/g, "{}") });
  const given = fc.array(fc.constantFrom("a", "b", "c"), { maxLength: 4 });
  fc.assert(
    fc.property(routes, given, (keys, segments) => {
      const all = keys.map((one) => ({ key: one }));
      const target = `/${segments.join("/")}`;
      expect(selectRoute(all, "GET", target)).toEqual(selectRoute(all.toReversed(), "GET", target));
    }),
  );
});

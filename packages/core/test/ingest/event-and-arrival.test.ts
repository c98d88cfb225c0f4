import { beforeEach, describe, expect, test } from "vitest";

import { at, event, found, GONE } from "./events.ts";
import { World } from "./world.ts";

let world: World;
beforeEach(() => {
  world = new World();
});

describe("the event of a record", () => {
  test("is the latest one, with who caused it", async () => {
    const who = { principal: "AWS:AIDA", sourceIp: "192.0.2.7", requestId: "R1" };
    await world.applyAt(11, event("created", 10, who));
    expect(world.record.event).toEqual({ name: "ObjectCreated:Put", time: at(10), ...who });
    world.answer = found(10);
    await world.applyAt(30, event("created", 1), event("changed", 20));
    expect(world.record.event).toMatchObject({ time: at(20) });
    await world.applyAt(40, event("changed", 15));
    expect(world.record.event).toMatchObject({ time: at(20) });
  });

  test("is the removal in a tombstone, also if it is an expiration that was due before", async () => {
    await world.applyAt(51, event("created", 50), event("changed", 55));
    world.answer = GONE;
    await world.applyAt(90, event("expired", 50, { time: at(10) }));
    expect(world.record.event).toMatchObject({ name: "LifecycleExpiration:Delete", time: at(10) });
    await world.applyAt(95, event("changed", 92));
    expect(world.record.event).toMatchObject({ name: "LifecycleExpiration:Delete" });
  });
});

describe("the time of arrival", () => {
  const upload = { lastModified: at(1), versionId: "v1" };

  test("is that of the event of the creation, not the start of the upload", async () => {
    world.answer = found(1, upload);
    await world.applyAt(61, event("created", 60, { versionId: "v1" }));
    expect(world.record).toMatchObject({ arrivedAt: at(60), lastModified: at(1) });
    expect(world.item["moment"]).toContain(at(60));
  });

  test("is LastModified until the event of the creation comes", async () => {
    world.answer = found(1, upload);
    await world.applyAt(62, event("changed", 61));
    expect(world.record).toMatchObject({ arrivedAt: at(1) });
    await world.applyAt(99, event("created", 60, { versionId: "v1" }));
    expect(world.record).toMatchObject({ arrivedAt: at(60), event: { time: at(61) } });
  });

  test("stays when a later event reads the same object", async () => {
    world.answer = found(1, upload);
    await world.applyAt(61, event("created", 60, { versionId: "v1" }));
    await world.applyAt(80, event("changed", 70));
    await world.applyAt(99, event("removed", 90, { versionId: "v0" }));
    expect(world.record).toMatchObject({ arrivedAt: at(60) });
  });

  test("is that of the object that is recorded, if the event is of another one", async () => {
    world.answer = found(9);
    await world.applyAt(61, event("created", 1));
    expect(world.record).toMatchObject({ etag: "e9", arrivedAt: at(9) });
  });

  test("without versions is that of the event with the ETag", async () => {
    world.answer = found(1, { versionId: undefined });
    await world.applyAt(61, event("created", 60, { versionId: undefined, etag: "e1" }));
    expect(world.record).toMatchObject({ arrivedAt: at(60) });
  });
});

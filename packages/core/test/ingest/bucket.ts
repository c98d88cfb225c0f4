import type { Reading, ReadRequest } from "../../src/object/reading.ts";

export const BUCKET = "files";

interface Version {
  readonly id: string;
  readonly etag: string;
  readonly writtenAt: string;
  readonly marker: boolean;
  storageClass: string;
}

/** A bucket of one key in memory: its versions, and the events that S3 sends for it. */
export class Bucket {
  versioning: "off" | "enabled" | "suspended" = "off";
  /** The bodies of the messages that S3 has sent. */
  readonly messages: string[] = [];
  /** Milliseconds; every operation takes one. */
  #clock = Date.UTC(2026, 2, 1, 12);
  #sequence = 0;
  /** Newest first. */
  #versions: Version[] = [];

  tick(): Date {
    this.#clock += 1;
    return new Date(this.#clock);
  }

  get current(): Version | undefined {
    const [newest] = this.#versions;
    return newest?.marker === false ? newest : undefined;
  }

  get versionCount(): number {
    return this.#versions.length;
  }

  put(): void {
    const version = this.#add(false);
    this.#send("ObjectCreated:Put", {
      versionId: this.#named(version),
      eTag: version.etag,
      size: 5,
    });
  }

  /** Deletes without a version id. */
  delete(): void {
    const removed = this.#remove();
    if (removed === "nothing") return;
    if (removed === "object") this.#send("ObjectRemoved:Delete", {});
    else this.#send("ObjectRemoved:DeleteMarkerCreated", { versionId: this.#named(removed) });
  }

  /** Deletes the nth newest version or marker by its id. */
  deleteVersion(n: number): void {
    const version = this.#versions[n % Math.max(1, this.#versions.length)];
    if (version === undefined) return;
    this.#versions = this.#versions.filter((other) => other !== version);
    this.#send("ObjectRemoved:Delete", { versionId: this.#named(version) });
  }

  /** Expires as a lifecycle rule does, with a sequencer lower than all others. */
  expire(): void {
    if (this.current === undefined) return;
    const removed = this.#remove();
    if (removed === "nothing") return;
    const name = removed === "object" ? "Delete" : "DeleteMarkerCreated";
    this.#send(`LifecycleExpiration:${name}`, {}, "00");
  }

  transition(): void {
    const version = this.current;
    if (version === undefined) return;
    version.storageClass = version.storageClass === "STANDARD" ? "GLACIER" : "STANDARD";
    this.#send("LifecycleTransition", { sequencer: undefined });
  }

  /** The response to HEAD without permission to list the bucket. */
  read({ versionId }: ReadRequest): Reading {
    const version =
      versionId === undefined || versionId === "null"
        ? this.current
        : this.#versions.find(({ id }) => id === versionId);
    if (version === undefined || version.marker) {
      return { found: false, reason: version ? "delete_marker" : "forbidden_or_gone" };
    }
    return {
      found: true,
      object: {
        size: 5,
        etag: version.etag,
        lastModified: version.writtenAt,
        versionId: this.#told(version),
        storageClass: version.storageClass,
        metadata: {},
      },
    };
  }

  /** Removes without a version id. Returns the new marker, or whether there was an object. */
  #remove(): Version | "object" | "nothing" {
    if (this.versioning !== "off") return this.#add(true);
    const removed = this.#versions.length > 0;
    this.#versions = [];
    return removed ? "object" : "nothing";
  }

  #add(marker: boolean): Version {
    const number = ++this.#sequence;
    const version = {
      id: this.versioning === "enabled" ? `v${number}` : "null",
      etag: `e${number}`,
      writtenAt: this.tick().toISOString(),
      storageClass: "STANDARD",
      marker,
    };
    this.#versions = [version, ...this.#versions.filter(({ id }) => id !== version.id)];
    return version;
  }

  /** A bucket that never had versioning returns no version id. */
  #told({ id }: Version): string | undefined {
    return this.versioning === "off" ? undefined : id;
  }

  /** The version id in an event: the version null is documented and observed in several forms. */
  #named({ id }: Version): string | null | undefined {
    return id === "null" ? [undefined, null, "null"][this.#sequence % 3] : id;
  }

  #send(eventName: string, object: Record<string, unknown>, prefix = "01"): void {
    const sequencer = `${prefix}${(++this.#sequence).toString(16).padStart(8, "0")}`;
    const record = {
      eventVersion: "2.1",
      eventSource: "aws:s3",
      awsRegion: "eu-central-1",
      eventTime: this.tick().toISOString(),
      eventName,
      s3: { bucket: { name: BUCKET }, object: { key: "k", sequencer, ...object } },
    };
    this.messages.push(JSON.stringify({ Records: [record] }));
  }
}

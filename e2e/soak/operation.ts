import type { Random } from "../random.ts";
import type { Holdings, OpenUpload } from "./holdings.ts";

/** A request to S3, or a lifecycle action of S3. */
export type Operation =
  /** `moved`: a lifecycle rule changes the storage class immediately afterwards. */
  | {
      readonly do: "put";
      readonly key: string;
      readonly size: number;
      readonly as: PutAs;
      readonly moved: boolean;
    }
  | { readonly do: "multipart"; readonly key: string; readonly size: number }
  /** An upload in parts that is completed by a later operation. */
  | { readonly do: "startUpload"; readonly key: string; readonly size: number }
  | { readonly do: "completeUpload"; readonly key: string; readonly upload: OpenUpload }
  | { readonly do: "copy"; readonly key: string; readonly from: string }
  | { readonly do: "delete"; readonly key: string }
  | { readonly do: "deleteVersion"; readonly key: string; readonly id: string }
  | { readonly do: "deleteMany"; readonly objects: readonly { key: string; id?: string }[] }
  | { readonly do: "expire"; readonly key: string }
  | { readonly do: "transition"; readonly key: string }
  | { readonly do: "tag"; readonly key: string };

export type PutAs = "plain" | "described";

/** Beyond this number the oldest version is deleted, which bounds the size of the bucket. */
const MAX_VERSIONS = 12;
const MAX_SIZE = 2048;

/** The keys of a soak, including keys that break naive encoding. */
export function keyNames(count: number): string[] {
  return Array.from({ length: count }, (_, index) => {
    const folder = `soak/${index % 7}`;
    switch (index % 10) {
      case 0:
        return `${folder}/a b+c ${index}`;
      case 1:
        return `${folder}/100%25 %2F ${index}`;
      case 2:
        return `${folder}/日本語/ünï 🚀 ${index}`;
      case 3:
        return `/${folder}//${index}//`;
      case 4:
        return `${folder}/line\n"&<>' ${index}`;
      case 5:
        return `${folder}/${index}/`.padEnd(1024, "x");
      default:
        return `${folder}/file-${index}.txt`;
    }
  });
}

/** Chooses the next operation on some of `keys`, given the versions that exist. */
export function chooseOperation(
  keys: readonly string[],
  holdings: Holdings,
  random: Random,
): Operation {
  const key = random.pick(keys) ?? "";
  const versions = holdings.versions(key);
  const oldest = versions.at(-1);
  if (versions.length > MAX_VERSIONS && oldest) return { do: "deleteVersion", key, id: oldest.id };

  const put: Operation = {
    do: "put",
    key,
    size: random.below(MAX_SIZE),
    as: random.chance(0.2) ? "described" : "plain",
    moved: random.chance(0.15),
  };
  const upload = random.pick(holdings.uploads(key));
  if (upload && random.chance(0.2)) return { do: "completeUpload", key, upload };
  const draw = random.next();
  if (draw < 0.33) return put;
  if (draw < 0.36) return { do: "startUpload", key, size: random.below(MAX_SIZE) };
  if (draw < 0.4) return { do: "multipart", key, size: random.below(MAX_SIZE) };
  if (draw < 0.48) {
    const from = random.pick(keys.filter((other) => holdings.isPresent(other)));
    return from === undefined ? put : { do: "copy", key, from };
  }
  if (draw < 0.62) return { do: "delete", key };
  if (draw < 0.82) {
    const version = random.pick(versions.slice(0, 3));
    return version ? { do: "deleteVersion", key, id: version.id } : put;
  }
  if (draw < 0.86) return deleteMany(keys, holdings, random);
  if (!holdings.isPresent(key)) return put;
  // What an upload and an expiration at the same time end in is a known limit: see docs/architecture.md.
  if (draw < 0.92) return upload ? put : { do: "expire", key };
  if (draw < 0.95) return { do: "transition", key };
  return { do: "tag", key };
}

/** Deletes several keys in one request: some by key, some by newest version. */
function deleteMany(keys: readonly string[], holdings: Holdings, random: Random): Operation {
  const chosen = random.shuffle(keys).slice(0, 1 + random.below(4));
  return {
    do: "deleteMany",
    objects: chosen.map((key) => {
      const newest = holdings.versions(key)[0];
      return newest && random.chance(0.4) ? { key, id: newest.id } : { key };
    }),
  };
}

/** Returns the number of events that the bucket of the app sends for the operation. */
export function eventsOf(operation: Operation): number {
  if (operation.do === "tag" || operation.do === "startUpload") return 0;
  if (operation.do === "put") return operation.moved ? 2 : 1;
  return operation.do === "deleteMany" ? operation.objects.length : 1;
}

/** Returns the keys that the operation changes. */
export function keysOf(operation: Operation): string[] {
  return operation.do === "deleteMany" ? operation.objects.map(({ key }) => key) : [operation.key];
}

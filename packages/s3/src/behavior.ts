/**
 * What AWS does not document, or leaves open. A test can set it to see that a program is right in each
 * case.
 */
export interface Behavior {
  /**
   * What happens in a bucket without versioning to an upload in parts that was started before the last
   * change of its key. `hidden`: it completes with success and is never seen, because the later request
   * takes precedence. `visible`: it becomes the object. The Amazon S3 User Guide says that the other
   * request "might take precedence" ("Uploading and copying objects using multipart upload", on concurrent
   * operations).
   */
  supersededUploads: "hidden" | "visible";
  /**
   * The sequencer of the event of removing a version or a delete marker by its id: one of its own, or
   * that of the version that was removed, as lifecycle expirations have it. Nobody has recorded it.
   */
  removalSequencer: "own" | "removed-version";
}

export const DEFAULT_BEHAVIOR: Readonly<Behavior> = {
  supersededUploads: "hidden",
  removalSequencer: "own",
};

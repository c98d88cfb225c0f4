const SUBRESOURCES: Record<string, string> = {
  acl: "Acl",
  tagging: "Tagging",
  versioning: "Versioning",
  notification: "Notification",
  location: "Location",
  attributes: "Attributes",
  restore: "Restore",
  uploads: "Uploads",
  versions: "Versions",
  delete: "Objects",
};
const VERBS: Record<string, string> = {
  GET: "Get",
  HEAD: "Head",
  PUT: "Put",
  POST: "Post",
  DELETE: "Delete",
};

/** A name for what a request asks of S3, to meter and disturb it by: `HeadObject`, `PutObject`, `ListBucket`, … */
export function s3OperationOf(method: string, url: string): string {
  const [path = "/", search = ""] = url.split("?");
  const query = new URLSearchParams(search);
  const verb = VERBS[method] ?? method;
  const inObject = /^\/[^/]+\/./.test(path);
  if (query.has("uploadId"))
    return (
      {
        GET: "ListParts",
        PUT: "UploadPart",
        POST: "CompleteMultipartUpload",
        DELETE: "AbortMultipartUpload",
      }[method] ?? "Unknown"
    );
  const subresource = Object.keys(SUBRESOURCES).find((name) => query.has(name));
  if (subresource === "uploads") return inObject ? "CreateMultipartUpload" : "ListMultipartUploads";
  if (subresource === "delete") return "DeleteObjects";
  if (subresource !== undefined)
    return `${verb}${inObject ? "Object" : "Bucket"}${SUBRESOURCES[subresource]}`;
  if (inObject) return `${verb}Object`;
  if (path === "/") return "ListBuckets";
  return method === "GET" ? "ListObjects" : `${verb}Bucket`;
}

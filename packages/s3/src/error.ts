/** The HTTP status and the default message of each error code, as S3 returns them. */
const ERRORS = {
  AccessControlListNotSupported: [400, "The bucket does not allow ACLs"],
  AccessDenied: [403, "Access Denied"],
  AccessForbidden: [403, "CORSResponse: CORS is not enabled for this bucket."],
  BadDigest: [
    400,
    "The Content-MD5 or checksum value that you specified did not match what the server received.",
  ],
  BadRequest: [400, "Bad Request"],
  BucketAlreadyOwnedByYou: [
    409,
    "Your previous request to create the named bucket succeeded and you already own it.",
  ],
  BucketNotEmpty: [409, "The bucket you tried to delete is not empty"],
  ConditionalRequestConflict: [
    409,
    "The conditional request cannot succeed due to a conflicting operation against this resource.",
  ],
  EntityTooLarge: [400, "Your proposed upload exceeds the maximum allowed size"],
  EntityTooSmall: [400, "Your proposed upload is smaller than the minimum allowed size"],
  IllegalLocationConstraintException: [400, "The specified location-constraint is not valid"],
  IllegalVersioningConfigurationException: [400, "The Versioning element must be specified"],
  IncompleteBody: [
    400,
    "You did not provide the number of bytes specified by the Content-Length HTTP header.",
  ],
  InternalError: [500, "We encountered an internal error. Please try again."],
  InvalidArgument: [400, "Invalid Argument"],
  InvalidBucketName: [400, "The specified bucket is not valid."],
  InvalidChunkSizeError: [
    403,
    "Only the last chunk is allowed to have a size less than 8192 bytes",
  ],
  InvalidDigest: [400, "The Content-MD5 or checksum value that you specified is not valid."],
  InvalidEncryptionAlgorithmError: [
    400,
    "The Encryption request you specified is not valid. Supported value: AES256.",
  ],
  InvalidLocationConstraint: [400, "The specified location-constraint is not valid"],
  InvalidObjectState: [403, "The operation is not valid for the object's storage class"],
  InvalidPart: [
    400,
    "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
  ],
  InvalidPartNumber: [416, "The requested partnumber is not satisfiable"],
  InvalidPartOrder: [
    400,
    "The list of parts was not in ascending order. Parts must be ordered by part number.",
  ],
  InvalidRange: [416, "The requested range is not satisfiable"],
  InvalidRedirectLocation: [
    400,
    "The website redirect location must have a prefix of 'http://' or 'https://' or '/'.",
  ],
  InvalidRequest: [400, "Invalid Request"],
  InvalidStorageClass: [400, "The storage class you specified is not valid"],
  InvalidTag: [400, "The tag provided was not a valid tag."],
  InvalidURI: [400, "Couldn't parse the specified URI."],
  KeyTooLongError: [400, "Your key is too long"],
  MalformedXML: [
    400,
    "The XML you provided was not well-formed or did not validate against our published schema",
  ],
  MaxMessageLengthExceeded: [400, "Your request was too big."],
  MetadataTooLarge: [400, "Your metadata headers exceed the maximum allowed metadata size"],
  MethodNotAllowed: [405, "The specified method is not allowed against this resource."],
  MalformedPolicy: [400, "The policy is not valid."],
  MissingContentLength: [411, "You must provide the Content-Length HTTP header."],
  NoSuchBucket: [404, "The specified bucket does not exist"],
  NoSuchBucketPolicy: [404, "The bucket policy does not exist"],
  NoSuchCORSConfiguration: [404, "The CORS configuration does not exist"],
  NoSuchKey: [404, "The specified key does not exist."],
  NoSuchLifecycleConfiguration: [404, "The lifecycle configuration does not exist"],
  NoSuchTagSet: [404, "The TagSet does not exist"],
  NoSuchUpload: [
    404,
    "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.",
  ],
  NoSuchVersion: [404, "The specified version does not exist."],
  NoSuchWebsiteConfiguration: [404, "The specified bucket does not have a website configuration"],
  NotImplemented: [
    501,
    "A header or query you provided implies functionality that is not implemented.",
  ],
  ObjectLockConfigurationNotFoundError: [
    404,
    "Object Lock configuration does not exist for this bucket",
  ],
  PreconditionFailed: [412, "At least one of the pre-conditions you specified did not hold"],
  ReplicationConfigurationNotFoundError: [404, "The replication configuration was not found"],
  XAmzContentSHA256Mismatch: [
    400,
    "The provided 'x-amz-content-sha256' header does not match what was computed.",
  ],
} as const satisfies Record<string, readonly [number, string]>;

export type S3ErrorCode = keyof typeof ERRORS;

interface S3ErrorOptions extends ErrorOptions {
  message?: string;
  /** Further elements of the error document, such as `ArgumentName`. */
  details?: Readonly<Record<string, string>>;
  headers?: Readonly<Record<string, string>>;
}

/** An error that S3 has a code for. `handle` sends it as an error response. */
export class S3Error extends Error {
  override readonly name = "S3Error";
  readonly code: S3ErrorCode;
  readonly status: number;
  /** Whether the same request can succeed later. */
  readonly retry: boolean;
  readonly details: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: S3ErrorCode, options: S3ErrorOptions = {}) {
    const [status, message] = ERRORS[code];
    super(options.message ?? message, { cause: options.cause });
    this.code = code;
    this.status = status;
    this.retry = status >= 500 && status !== 501;
    this.details = options.details ?? {};
    this.headers = options.headers ?? {};
  }
}

/** Returns `InvalidArgument` with the argument's name and value. */
export function invalidArgument(message: string, name: string, value?: string): S3Error {
  return new S3Error("InvalidArgument", {
    message,
    details: { ArgumentName: name, ...(value !== undefined && { ArgumentValue: value }) },
  });
}

/** Returns `NotImplemented` as AWS words it for a header. */
export function headerNotImplemented(header: string, additionalMessage?: string): S3Error {
  return new S3Error("NotImplemented", {
    message: "A header you provided implies functionality that is not implemented",
    details: { Header: header, ...(additionalMessage !== undefined && { additionalMessage }) },
  });
}

/** Returns `NotImplemented` for a feature of S3 that this package does not have. */
export function notImplemented(feature: string): S3Error {
  return new S3Error("NotImplemented", {
    message: `${feature} is not implemented by @waybill/s3.`,
  });
}

/**
 * The condition keys of which it is known here what they are, or that a request has none; a name that ends with a slash stands
 * for all that begin with it (IAM User Guide, "AWS global condition context keys"; Service Authorization Reference). Of others
 * AWS may know a value, such as a role's tags, so they are decided against the caller.
 */
const KNOWN = `
  aws:CurrentTime aws:EpochTime aws:RequestedRegion aws:SecureTransport aws:SourceIp aws:ViaAWSService
  aws:PrincipalAccount aws:PrincipalArn aws:PrincipalType aws:PrincipalIsAWSService aws:PrincipalServiceName
  aws:ResourceAccount aws:userid aws:username aws:MultiFactorAuthPresent aws:MultiFactorAuthAge
  aws:SourceArn aws:SourceAccount aws:CalledVia aws:CalledViaFirst aws:CalledViaLast
  aws:SourceVpc aws:SourceVpce aws:VpcSourceIp aws:FederatedProvider aws:SourceIdentity
  aws:TagKeys aws:RequestTag/
  s3:prefix s3:delimiter s3:max-keys s3:VersionId s3:LocationConstraint s3:ResourceAccount s3:TlsVersion
  s3:ExistingObjectTag/ s3:RequestObjectTag/
  s3:x-amz-acl s3:x-amz-copy-source s3:x-amz-metadata-directive s3:x-amz-storage-class
  s3:x-amz-server-side-encryption s3:x-amz-server-side-encryption-aws-kms-key-id
  s3:x-amz-server-side-encryption-customer-algorithm s3:x-amz-website-redirect-location
  dynamodb:LeadingKeys dynamodb:FirstPartitionKeyValues dynamodb:Attributes dynamodb:Select
  dynamodb:ReturnValues dynamodb:ReturnConsumedCapacity dynamodb:EnclosingOperation
  lambda:FunctionUrlAuthType lambda:FunctionArn lambda:InvokedViaFunctionUrl
`;

const known: ReadonlySet<string> = new Set(KNOWN.trim().toLowerCase().split(/\s+/));

/** @param key in lower case */
export function isKnownKey(key: string): boolean {
  return known.has(key) || known.has(key.slice(0, key.indexOf("/") + 1));
}

/**
 * The condition keys whose value, or absence, offline derives as AWS does (IAM User Guide, "AWS
 * global condition context keys"; Service Authorization Reference). A name that ends with a slash
 * is a prefix. AWS may have a value for any other key, such as a tag of the role.
 */
const KNOWN_KEYS = `
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

const known: ReadonlySet<string> = new Set(KNOWN_KEYS.trim().toLowerCase().split(/\s+/));

/** Returns whether a condition key, in lower case, is known. */
export function isKnownKey(key: string): boolean {
  return known.has(key) || known.has(key.slice(0, key.indexOf("/") + 1));
}

/**
 * The global condition keys whose value, or absence, offline derives as AWS does (IAM User Guide,
 * "AWS global condition context keys"). A name that ends with a slash is a prefix. AWS may have a
 * value for any other key, such as a tag of the role.
 */
const GLOBAL_KEYS = `
  aws:CurrentTime aws:EpochTime aws:RequestedRegion aws:SecureTransport aws:SourceIp aws:ViaAWSService
  aws:PrincipalAccount aws:PrincipalArn aws:PrincipalType aws:PrincipalIsAWSService aws:PrincipalServiceName
  aws:ResourceAccount aws:userid aws:username aws:MultiFactorAuthPresent aws:MultiFactorAuthAge
  aws:SourceArn aws:SourceAccount aws:CalledVia aws:CalledViaFirst aws:CalledViaLast
  aws:SourceVpc aws:SourceVpce aws:VpcSourceIp aws:FederatedProvider aws:SourceIdentity
  aws:TagKeys aws:RequestTag/
`;

/**
 * Returns a function that tests whether a condition key, in lower case, is one of the global keys or
 * one of `serviceKeys`: texts with names that are separated by white space.
 */
export function knownKeys(serviceKeys: readonly string[]): (key: string) => boolean {
  const names = [GLOBAL_KEYS, ...serviceKeys].join(" ").trim().toLowerCase().split(/\s+/);
  const known: ReadonlySet<string> = new Set(names);
  return (key) => known.has(key) || known.has(key.slice(0, key.indexOf("/") + 1));
}

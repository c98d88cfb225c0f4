// A link passes only the name of a resource. SST's default links also grant `s3:*`, `dynamodb:*`, `sqs:*`
// and `lambda:InvokeFunction`; here `authority.ts` grants each action explicitly.
sst.Linkable.wrap(sst.aws.Bucket, (bucket) => ({ properties: { name: bucket.name } }));
sst.Linkable.wrap(sst.aws.Dynamo, (table) => ({ properties: { name: table.name } }));
sst.Linkable.wrap(sst.aws.Queue, (queue) => ({ properties: { url: queue.url } }));
sst.Linkable.wrap(sst.aws.StepFunctions, (machine) => ({ properties: { arn: machine.arn } }));
// `fn.url` throws for a function without a URL.
sst.Linkable.wrap(sst.aws.Function, (fn) => ({
  properties: { name: fn.name, url: fn["urlEndpoint"] },
}));

export {};

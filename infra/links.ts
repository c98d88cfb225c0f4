// A link carries the name of a resource and no authority. SST's own links grant `s3:*`, `dynamodb:*`,
// `sqs:*` and `lambda:InvokeFunction`; here a function gets its actions from `authority.ts`, one by one.
sst.Linkable.wrap(sst.aws.Bucket, (bucket) => ({ properties: { name: bucket.name } }));
sst.Linkable.wrap(sst.aws.Dynamo, (table) => ({ properties: { name: table.name } }));
sst.Linkable.wrap(sst.aws.Queue, (queue) => ({ properties: { url: queue.url } }));
sst.Linkable.wrap(sst.aws.Function, (fn) => ({ properties: { name: fn.name, url: fn.url } }));
export {};

/** The receivers of a bucket's notifications, as the AWS provider reads them. */
export interface Receivers {
  queues?: readonly { queueArn: string }[] | undefined;
  topics?: readonly { topicArn: string }[] | undefined;
  lambdaFunctions?: readonly { lambdaFunctionArn?: string | undefined }[] | undefined;
}

/**
 * The ARNs of the receivers that are not the queue of events of a stage. SST ends the name of the queue
 * with letters of its own, so it is known by its beginning, as in `waybill-alice-EventsQueue-`.
 */
export function foreignReceivers(
  { queues = [], topics = [], lambdaFunctions = [] }: Receivers,
  ownQueue: string,
): string[] {
  return [
    ...queues
      .map(({ queueArn }) => queueArn)
      .filter((arn) => !arn.split(":").at(-1)?.startsWith(ownQueue)),
    ...topics.map(({ topicArn }) => topicArn),
    ...lambdaFunctions.map(({ lambdaFunctionArn = "a function" }) => lambdaFunctionArn),
  ];
}

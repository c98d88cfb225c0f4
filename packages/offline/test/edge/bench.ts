import { PutObjectCommand } from "@aws-sdk/client-s3";
import { GetQueueAttributesCommand } from "@aws-sdk/client-sqs";
import * as z from "zod";

import { clientsOf } from "../clients.ts";
import { startWorkbench, type Workbench } from "../workbench.ts";

export type Clients = ReturnType<typeof clientsOf>;

/** A workbench with clients of the two callers that it has. */
export interface EdgeBench extends Workbench {
  /** Clients with the credentials of the stage's owner. */
  owner: Clients;
  /** Clients with the credentials of the function "Tool". */
  role: Clients;
  names: { bucket: string; table: string; queueUrl: string };
  putObject(by: Clients, key?: string, body?: string): Promise<unknown>;
  queueAttributes(by: Clients): Promise<Record<string, string>>;
}

export async function startEdgeBench(): Promise<EdgeBench> {
  const bench = await startWorkbench();
  const env = z
    .record(z.string(), z.string())
    .parse(await (await fetch(`${bench.url.Tool}/env`)).json());
  const names = {
    bucket: bench.stack.plan.buckets[0]?.name ?? "",
    table: bench.stack.plan.tables[0]?.TableName ?? "",
    queueUrl: env["JOBS_URL"] ?? "",
  };
  return {
    ...bench,
    owner: clientsOf(bench.stack.env),
    role: clientsOf(env),
    names,
    putObject: ({ s3 }, Key = "key", Body = "x") =>
      s3.send(new PutObjectCommand({ Bucket: names.bucket, Key, Body })),
    async queueAttributes({ sqs }) {
      const { Attributes } = await sqs.send(
        new GetQueueAttributesCommand({ QueueUrl: names.queueUrl, AttributeNames: ["All"] }),
      );
      return Attributes ?? {};
    },
  };
}

/** What `failure` returns for a call that does not fail. */
export const SUCCESS = { name: "success" };

/** Returns the name of the error of a call, and the HTTP status of the response if there is one. */
export async function failure(call: Promise<unknown>): Promise<{ name: string; status?: number }> {
  const error = await call.then(
    () => SUCCESS,
    (thrown: unknown) => thrown as Error & { $metadata?: { httpStatusCode?: number } },
  );
  const status = "$metadata" in error ? error.$metadata?.httpStatusCode : undefined;
  return { name: error.name, ...(status === undefined ? {} : { status }) };
}

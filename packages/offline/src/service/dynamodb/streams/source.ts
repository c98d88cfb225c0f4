import type { Principal } from "@waybill/iam";

import type { Authority } from "../../../edge/authority.ts";
import type { Faults } from "../../../edge/faults.ts";
import { sequenceNumberOf, type StreamRecord } from "./record.ts";
import { MAX_RECORDS, SHARD_ID, STREAM_OPERATIONS, type StreamsOptions } from "./operations.ts";

/** Reads a stream for a mapping of Lambda. */
export interface StreamReader {
  /**
   * Returns up to `limit` records after a sequence number, or from the oldest on. Throws an error if the
   * role may not read the stream, and a `StreamsError` (`TrimmedDataAccessException`) if the records after
   * the sequence number have expired.
   */
  read(after: string | null, limit: number): Promise<StreamRecord[]>;
  /** Calls `listener` after new records. Returns a function that ends it. */
  listen(listener: () => void): () => void;
}

/** The streams of a stage, for the mappings of Lambda. */
export interface StreamReaders {
  /** Returns the sequence number after which new records follow, or null if there were none. */
  latest(streamArn: string): string | null;
  /** Returns a reader with the permissions of a role. */
  reader(streamArn: string, principal: Principal): StreamReader;
}

/** The actions that Lambda requires of the role of a function with a stream. */
const ACTIONS = ["DescribeStream", "GetRecords", "GetShardIterator", "ListStreams"];

export class StreamSource implements StreamReaders {
  readonly #options: StreamsOptions;
  readonly #authority: Authority;
  readonly #faults: Faults;

  constructor(options: StreamsOptions, authority: Authority, faults: Faults) {
    this.#options = options;
    this.#authority = authority;
    this.#faults = faults;
  }

  latest(streamArn: string): string | null {
    const position = this.#options.log.latest(streamArn);
    return position === 0 ? null : sequenceNumberOf(position, 0);
  }

  reader(streamArn: string, principal: Principal): StreamReader {
    return {
      read: async (after, limit) => {
        this.#authorize(streamArn, principal);
        const position =
          after === null
            ? { ShardIteratorType: "TRIM_HORIZON" }
            : { ShardIteratorType: "AFTER_SEQUENCE_NUMBER", SequenceNumber: after };
        const { ShardIterator } = await this.#call<{ ShardIterator: string }>("GetShardIterator", {
          StreamArn: streamArn,
          ShardId: SHARD_ID,
          ...position,
        });
        const input = { ShardIterator, Limit: Math.min(limit, MAX_RECORDS) };
        const { Records } = await this.#call<{ Records: StreamRecord[] }>("GetRecords", input);
        return Records;
      },
      listen: (listener) => this.#options.log.listen(streamArn, listener),
    };
  }

  #authorize(resource: string, principal: Principal): void {
    const needed = ACTIONS.map((name) => ({ action: `dynamodb:${name}`, resource, context: {} }));
    const denial = this.#authority.denialFor(principal, needed);
    if (denial !== undefined) {
      throw new Error(
        `Cannot access stream. Ensure that the role can perform ${ACTIONS.join(", ")} on it: ${denial}`,
      );
    }
  }

  async #call<Output>(operation: string, input: object): Promise<Output> {
    const fault = this.#faults.forRequest("dynamodb", operation, () => JSON.stringify(input));
    if (fault !== undefined) throw new Error(`${operation}: injected fault ${fault}`);
    return (await STREAM_OPERATIONS[operation]?.(input, this.#options)) as Output;
  }
}

import { InputError } from "../error.ts";

/** Digits of a normalised sequencer. S3 sends 16 or 18 today and promises no length. */
export const SEQUENCER_WIDTH = 64;

const SEQUENCER = new RegExp(`^[0-9A-Fa-f]{1,${SEQUENCER_WIDTH}}$`);

/**
 * Brings an event's sequencer to a form in which plain string order is the order of events for one
 * key, so that DynamoDB can compare it: upper case, right-padded with zeros to one width.
 *
 * Sequencers of one length, as S3 sends them, need no padding to compare. For others AWS says to
 * right-pad the shorter one with zeros (re:Post, "Why do I see duplicate messages in Amazon SQS for
 * the same Amazon S3 event?"); copies of the S3 User Guide differ on the side from year to year.
 * Throws an `InputError` for what is not hexadecimal or too long to keep.
 */
export function normaliseSequencer(sequencer: string): string {
  if (!SEQUENCER.test(sequencer)) {
    throw new InputError(
      "notification.bad_sequencer",
      `The event's sequencer must be 1 to ${SEQUENCER_WIDTH} hexadecimal digits.`,
    );
  }
  return sequencer.toUpperCase().padEnd(SEQUENCER_WIDTH, "0");
}

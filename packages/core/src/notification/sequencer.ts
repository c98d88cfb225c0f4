import { InputError } from "../error.ts";

/** Digits of a normalized sequencer. S3 sends 16 or 18 today and documents no length. */
export const SEQUENCER_WIDTH = 64;

const SEQUENCER = new RegExp(`^[0-9A-Fa-f]{1,${SEQUENCER_WIDTH}}$`);

/**
 * Converts a sequencer to a form that DynamoDB can compare as a string: upper case, right-padded with
 * zeros to one width.
 *
 * S3 sends sequencers of one length. For different lengths, AWS says to right-pad the shorter one with
 * zeros (re:Post, "Why do I see duplicate messages in Amazon SQS for the same Amazon S3 event?");
 * editions of the S3 User Guide disagree on the side. Throws an `InputError` if the sequencer is not
 * hexadecimal or is too long.
 */
export function normalizeSequencer(sequencer: string): string {
  if (!SEQUENCER.test(sequencer)) {
    throw new InputError(
      "notification.bad_sequencer",
      `The event's sequencer must be 1 to ${SEQUENCER_WIDTH} hexadecimal digits.`,
    );
  }
  return sequencer.toUpperCase().padEnd(SEQUENCER_WIDTH, "0");
}

import { InputError } from "../error.ts";

/** Digits of a normalized sequencer. S3 sends 18, EventBridge 16; no length is documented. */
export const SEQUENCER_WIDTH = 32;

/** The sequencer of a record of which no event had one. It is lower than every sequencer of S3. */
export const NO_SEQUENCER = "0".repeat(SEQUENCER_WIDTH);

const HEXADECIMAL = /^[0-9A-Fa-f]+$/;

/**
 * Converts a sequencer to a form that DynamoDB can compare as a string: upper case, left-padded with
 * zeros to one width, so that comparing the strings compares the numbers.
 *
 * The Amazon S3 User Guide says to left-pad the shorter of two sequencers ("Event message structure"; an
 * edition of 2023 said to right-pad). It is also what makes EventBridge's 16 digits equal to the 18 of
 * S3's own notifications, which begin with "00". Throws an `InputError` if the sequencer is not
 * hexadecimal or is too long.
 */
export function normalizeSequencer(sequencer: string): string {
  const digits = sequencer.replace(/^0+(?=.)/, "");
  if (!HEXADECIMAL.test(sequencer) || digits.length > SEQUENCER_WIDTH) {
    throw new InputError(
      "notification.bad_sequencer",
      `The event's sequencer must be 1 to ${SEQUENCER_WIDTH} hexadecimal digits.`,
    );
  }
  return digits.toUpperCase().padStart(SEQUENCER_WIDTH, "0");
}

/** Digits of a sequencer in a record of the first release, which padded them on the right. */
const FORMER_WIDTH = 64;

/** The normalized form of a stored sequencer, which can be one of the first release. */
export function fromStoredSequencer(stored: string): string {
  if (stored.length !== FORMER_WIDTH) return stored;
  // S3 sends 18 digits that begin with "00"; S3-compatible stores send 16.
  return normalizeSequencer(stored.slice(0, stored.startsWith("00") ? 18 : 16));
}

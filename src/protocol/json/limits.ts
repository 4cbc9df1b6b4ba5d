/**
 * The limits of JSON that is read or written, so that every peer can read it.
 *
 * @module
 */

/** The most arrays and objects around a value; Python gives up below 1000. */
export const MAX_JSON_DEPTH = 500;

/** The most digits of an integer that Python reads. */
export const MAX_INTEGER_DIGITS = 4300;

/** The most values in a text: an array of so many numbers takes 32 MB. */
export const MAX_JSON_VALUES = 4_000_000;

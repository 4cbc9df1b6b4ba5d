/**
 * Whom a response is for, told by its text.
 *
 * @module
 */

const COMPACT = ['{"responder_id":"', ',"publisher_id":"'] as const;
const SPACED = ['{"responder_id": "', ', "publisher_id": "'] as const;

/** What every encoder of JSON writes as it is. */
const PLAIN = /^[ !#-[\]-~]*$/;

/**
 * Tells responses to one publisher from those to others without parsing them:
 * on a channel that many share, most are to others.
 */
export class Addressee {
  readonly #publisherId: string;
  readonly #uuid: string;
  readonly #isPlain: boolean;

  /**
   * @param publisherId The publisher's id.
   * @param uuid The part of it that no other publisher has.
   */
  constructor(publisherId: string, uuid: string) {
    this.#publisherId = publisherId;
    this.#uuid = uuid;
    this.#isPlain = PLAIN.test(publisherId);
  }

  /** Whether a payload is certainly a response to somebody else. */
  isAnother(text: string): boolean {
    const [head, key] = text.startsWith(COMPACT[0]) ? COMPACT : SPACED;
    if (this.#isPlain && text.startsWith(head)) {
      const end = text.indexOf('"', head.length) + 1;
      if (text.startsWith(key, end)) {
        return !text.startsWith(this.#publisherId, end + key.length);
      }
    }
    return !text.includes(this.#uuid) && text.startsWith("{") &&
      text.includes('"publisher_id"');
  }
}

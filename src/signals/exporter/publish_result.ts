/**
 * The result of one publish.
 *
 * @module
 */
import type { ResultCode } from "../../protocol/result.ts";

/**
 * One subscriber's acknowledgement.
 *
 * @category Exporter
 */
export interface Ack {
  /** The responder's name, as its id tells. */
  readonly name: string;
  /** Response action success: 1 is success, anything else is not. `NaN` where it was not a number. */
  readonly ras: number;
  /** The responder's message. */
  readonly message?: string;
  /** Milliseconds from the sending of the signal to this acknowledgement. */
  readonly latency: number;
  /** Another `ras` that the same responder sent later; the first one counts. */
  readonly conflictingRas?: number;
}

/**
 * Why an acknowledgement that was owed did not come: `"timeout"`, the responder
 * was silent; `"lost"`, it is gone without a word; `"left"`, it has closed;
 * `"removed"`, the exporter has taken it off the roster; `"uncertain"`, a
 * response came that may have been for an earlier signal; `"unsent"`, the
 * signal never had its turn and was not sent; `"disconnected"`, the exporter's
 * link to the server was down during the wait; `"shutdown"` or `"closed"`, the
 * exporter stopped waiting; `"unneeded"`, the outcome was clear without it.
 *
 * @category Exporter
 */
export type MissingReason =
  | "timeout"
  | "lost"
  | "left"
  | "removed"
  | "uncertain"
  | "unsent"
  | "disconnected"
  | "shutdown"
  | "closed"
  | "unneeded";

/**
 * The result of one publish.
 *
 * @category Exporter
 */
export class PublishResult {
  /** 0 no subscriber failed or is missing, 1 one or more failed, 2 an acknowledgement is missing. */
  declare readonly code: ResultCode;
  /** Whether the publish waited for subscribers and the code is 0. */
  declare readonly ok: boolean;
  /**
   * Whether any subscriber was waited for. Where none was, the code is 0 as in
   * Python, and `ok` is `false`: that no subscriber failed proves nothing.
   */
  declare readonly waited: boolean;
  /** The acknowledgements, by responder id. */
  declare readonly acks: ReadonlyMap<string, Ack>;
  /** The subscribers that owed an acknowledgement that did not come, and why. */
  declare readonly missing: ReadonlyMap<string, MissingReason>;
  /** Messages by responder id, also of responders that are not subscribed. */
  declare readonly messages: Record<string, string>;
  /** How many receivers the server counted; `undefined` where the link went before it told, or nothing was sent. */
  declare readonly receivers: number | undefined;
  /** Milliseconds from the call to this result. */
  declare readonly elapsed: number;

  /** Makes the result of what became of a publish. */
  constructor(fields: Omit<PublishResult, "toJSON">) {
    Object.assign(this, fields);
  }

  /** The result as `JSON.stringify` writes it: maps become objects. */
  toJSON(): Record<string, unknown> {
    const fields: Omit<PublishResult, "toJSON"> = { ...this };
    return {
      ...fields,
      acks: Object.fromEntries(this.acks),
      missing: Object.fromEntries(this.missing),
    };
  }
}

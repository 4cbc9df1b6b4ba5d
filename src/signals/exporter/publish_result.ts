/**
 * What became of one publish.
 *
 * @module
 */
import type { ResultCode } from "../../protocol/result.ts";

/** One subscriber's answer. */
export interface Ack {
  /** Response action success: 1 is success, anything else is not. `NaN` where it was not a number. */
  readonly ras: number;
  /** What the responder had to say. */
  readonly message?: string;
  /** Milliseconds from the publish to this answer. */
  readonly latency: number;
  /** Another `ras` that the same responder sent later; the first one counts. */
  readonly conflictingRas?: number;
}

/**
 * Why an answer that was owed did not come: `"timeout"`, the responder was
 * silent; `"lost"`, it is gone without a word; `"left"`, it has closed;
 * `"uncertain"`, what came from it may have been meant for an earlier publish;
 * `"disconnected"`, our link to the server was down during the wait;
 * `"shutdown"` or `"closed"`, the exporter stopped waiting; `"unneeded"`, the
 * outcome was clear without it.
 */
export type MissingReason =
  | "timeout"
  | "lost"
  | "left"
  | "uncertain"
  | "disconnected"
  | "shutdown"
  | "closed"
  | "unneeded";

/** What became of one publish. */
export interface PublishResult {
  /** 0 all subscribers succeeded, 1 one or more failed, 2 an answer is missing. */
  readonly code: ResultCode;
  /** Whether the code is 0. */
  readonly ok: boolean;
  /** Who answered, by responder id. */
  readonly acks: ReadonlyMap<string, Ack>;
  /** Who owed an answer that did not come, and why, by responder id. */
  readonly missing: ReadonlyMap<string, MissingReason>;
  /** Messages by responder id, also of responders that are not subscribed. */
  readonly messages: Record<string, string>;
  /** Who got the signal, as the server counted; `undefined` where the link went before it told. */
  readonly receivers: number | undefined;
  /** Milliseconds from the publish to this result. */
  readonly elapsed: number;
}

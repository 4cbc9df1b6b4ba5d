/**
 * What a call of `once()` has to say, and when.
 *
 * @module
 */
import type { CallDuty } from "../meeting/call.ts";
import type { OnceBody } from "./message.ts";

/** A duty with what there is to say. */
export interface OnceDuty extends CallDuty {
  readonly body: OnceBody;
}

/** What a call says of itself, as far as its duties depend on it. */
export interface OnceMoment {
  readonly id: string;
  readonly party: string;
  /** The last message that it has heard. */
  readonly after: string;
  readonly now: number;
  /** Milliseconds that it leaves to so many before it, because all could say the same. */
  turn(place: number): number;
}

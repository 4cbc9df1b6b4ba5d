/**
 * What a call of `once()` has to say, and when.
 *
 * @module
 */
import type { OnceBody } from "./message.ts";

/** Something to publish after `delay` milliseconds, unless it is needless by then. */
export interface OnceDuty {
  readonly body: OnceBody;
  /** Changes with what the duty is about. */
  readonly about: string;
  readonly delay: number;
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

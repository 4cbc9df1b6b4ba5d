/**
 * Who takes what a server sends unasked.
 *
 * @module
 */
import type { Received } from "../../resp/reply.ts";

/** Takes pushes, and replies to what was posted: see `Connection`. */
export interface PushSink {
  /** Takes what arrived; `false` where it is nothing that belongs there. */
  take(reply: Received): boolean;
}

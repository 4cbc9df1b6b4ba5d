/**
 * One call of `barrier()` on its transport.
 *
 * Why a barrier is safe in a cluster. The log of a call is that of one node (see
 * `../meeting/call.ts`). Calls that meet at another node may trust that no other
 * call is left behind, because a call that comes back to a node that it left for
 * another one gives up, and each call says which entry of the others it has heard
 * last, at whatever node.
 *
 * @module
 */
import type { Logger } from "../../internal/logger.ts";
import { barrierChannel } from "../../protocol/extension/own_channels.ts";
import type { Transport } from "../../transport/transport.ts";
import { MeetingCall } from "../meeting/call.ts";
import type { Decision } from "./decision.ts";
import {
  type BarrierMessage,
  encodeBarrierMessage,
  parseBarrierMessage,
} from "./message.ts";
import type { BarrierTerms } from "./options.ts";
import { BarrierState } from "./state.ts";

/** Milliseconds that a call in doubt waits for calls that know the decision: longer than any backoff. */
const DOUBT = 10_000;

/** Runs one call. */
export class BarrierCall extends MeetingCall<BarrierMessage, Decision> {
  /**
   * @param id What no other call is called.
   * @param terms What is called for.
   * @param transport Where.
   * @param logger Takes what becomes of the link, and malformed messages.
   */
  constructor(
    id: string,
    terms: BarrierTerms,
    transport: Transport,
    logger: Logger,
  ) {
    super(transport, logger, {
      what: `the barrier "${terms.name}"`,
      terms,
      channel: barrierChannel(terms.name, terms.namespace),
      state: new BarrierState({ ...terms, id }),
      doubt: DOUBT,
      encode: encodeBarrierMessage,
      parse: parseBarrierMessage,
      mayMove: true,
      advice:
        "connect all parties by redis+cluster://, use a single server, or let one party lead the others",
    });
  }
}

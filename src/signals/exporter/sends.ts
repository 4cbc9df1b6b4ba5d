/**
 * The publishes of one exporter that nobody owes an answer.
 *
 * @module
 */
import type { Receipt } from "../../transport/transport.ts";
import type { Wait } from "./pending_publish.ts";
import { PendingSend } from "./pending_send.ts";
import type { PublishResult } from "./publish_result.ts";

/** Sends a signal within a wait, and tells a receipt; never throws. */
export type Send = (payload: string, wait: Wait, receipt: Receipt) => void;

/** Runs publishes that are over when the server has confirmed them. */
export class Sends {
  readonly #send: Send;
  readonly #underWay = new Set<PendingSend>();

  constructor(send: Send) {
    this.#send = send;
  }

  /** Sends, and tells what became of it. */
  async send(payload: string, wait: Wait): Promise<PublishResult> {
    const pending = new PendingSend(wait);
    this.#underWay.add(pending);
    try {
      this.#send(payload, wait, pending);
      return await pending.result;
    } finally {
      this.#underWay.delete(pending);
    }
  }

  /** Ends every wait. */
  end(): void {
    for (const pending of this.#underWay) pending.end();
  }
}

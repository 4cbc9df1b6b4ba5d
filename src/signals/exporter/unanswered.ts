/**
 * One signal that is under way: what was sent, by what it is known again, and
 * whether it got out at all.
 *
 * @module
 */
import type { Ticket } from "../../protocol/extension/extension.ts";
import type { Receipt } from "../../transport/transport.ts";
import type { Claims } from "./ack_ledger.ts";
import { PendingPublish, type Terms, type Wait } from "./pending_publish.ts";

/** A signal that is to be published. */
export interface Outgoing {
  /** The event that answers will name. */
  readonly event: string;
  /** What bounds the wait; it begins with the signal's turn. */
  readonly wait: Wait;
  /** When it is over before every answer is in. */
  readonly terms?: Terms;
  /** Says, when the turn has come, who owes an answer: a set that never changes. */
  begin(): ReadonlySet<string>;
  /** Waits until earlier answers can't be taken for answers to this one; nothing where they can't. */
  clear?(): Promise<void> | undefined;
  /** Writes the signal. */
  encode(ticket: Ticket | undefined): string;
  /** Sends it within what is left of the wait, and tells a receipt; never throws. */
  send(payload: string, wait: Wait, receipt: Receipt): void;
  /** Is told that the server did not confirm it. */
  unconfirmed?(error: unknown): void;
}

/** Keeps the books of publishes. */
export interface Keeper {
  /** One has ended, with these answers missing. */
  leave(publish: Unanswered, missing: readonly string[]): void;
  /** One that has ended was never sent: there was nothing to answer. */
  unsent(publish: Unanswered, missing: readonly string[]): void;
}

const NOBODY: readonly string[] = [];

/** A signal that is under way. */
export class Unanswered extends PendingPublish {
  readonly payload: string;
  /** By which who has seen it knows it again. */
  readonly ticket: Ticket | undefined;
  readonly #outgoing: Outgoing;
  readonly #keeper: Keeper;
  /** Who owed an answer when it ended. */
  #missing = NOBODY;
  /** Whether it was not sent, but for its repetitions, and the keeper knows that nothing was. */
  #unsent: "no" | "yes" | "told" = "no";
  /** Repetitions that got out, or still may. */
  #repetitions = 0;

  constructor(
    outgoing: Outgoing,
    payload: string,
    ticket: Ticket | undefined,
    subscribers: ReadonlySet<string>,
    wait: Wait,
    claims: Claims,
    keeper: Keeper,
  ) {
    super(subscribers, wait, claims, outgoing.terms);
    this.payload = payload;
    this.ticket = ticket;
    this.#outgoing = outgoing;
    this.#keeper = keeper;
  }

  /** The event that answers name. */
  get event(): string {
    return this.#outgoing.event;
  }

  override failed(error: unknown): void {
    super.failed(error);
    this.#outgoing.unconfirmed?.(error);
  }

  /**
   * Notes that it is sent once more.
   *
   * @returns To be called where it turns out that it was not.
   */
  repeat(): () => void {
    this.#repetitions++;
    return () => {
      this.#repetitions--;
      this.#tellIfUnsent();
    };
  }

  protected override left(): void {
    if (this.missing > 0) this.#missing = this.owed;
    this.#keeper.leave(this, this.#missing);
  }

  protected override unsent(): void {
    if (this.#unsent === "no") this.#unsent = "yes";
    this.#tellIfUnsent();
  }

  #tellIfUnsent(): void {
    if (this.#unsent !== "yes" || this.#repetitions > 0) return;
    this.#unsent = "told";
    this.#keeper.unsent(this, this.#missing);
  }
}

/**
 * What an exporter does so that an answer counts for the signal that it was
 * meant for: tickets for peers that name them, debts for those that can't.
 *
 * @module
 */
import type { Response } from "../../protocol/response/response.ts";
import { type Ticket, ticketId } from "../../protocol/extension/extension.ts";
import type { Claims } from "./ack_ledger.ts";
import type { Peer, Roster } from "./roster.ts";

const NOBODY: ReadonlySet<string> = new Set();

/** Keeps the exporter's tickets and its peers' debts. */
export class Correlation {
  readonly #roster: Roster;
  readonly #enabled: boolean;
  /** Who has debts, and maybe some who have none any more. */
  readonly #debtors = new Set<string>();
  #seq = 0;
  /** Numbers that were taken back while later ones were out. */
  readonly #withdrawn = new Set<number>();

  /** @param enabled Whether signals carry tickets at all. */
  constructor(roster: Roster, enabled: boolean) {
    this.#roster = roster;
    this.#enabled = enabled;
  }

  /** Whether every subscriber's answers can be told apart, whatever runs at the same time. */
  get complete(): boolean {
    const { correlating, members } = this.#roster;
    return this.#enabled && correlating.size === members.size;
  }

  /** A ticket for the next signal, where somebody will name it. */
  ticket(): Ticket | undefined {
    if (!this.#enabled || this.#roster.correlating.size === 0) return undefined;
    const seq = ++this.#seq;
    if (this.#withdrawn.size > 0) this.#withdrawn.clear();
    return { id: ticketId(seq), seq };
  }

  /**
   * Takes back a ticket whose signal was not sent, that nobody may miss it; no
   * effect where one that was given later stays out.
   */
  withdraw({ seq }: Ticket): void {
    this.#withdrawn.add(seq);
    while (this.#withdrawn.delete(this.#seq)) this.#seq--;
  }

  /** What tells the answers to a publish that begins now. */
  claims(event: string, ticket: Ticket | undefined): Claims {
    const debts = this.#debts(event);
    return ticket === undefined ? { debts } : {
      debts,
      ticket: ticket.id,
      correlating: this.#roster.correlating,
    };
  }

  /** Who may still answer an earlier publish of the event. */
  indebted(event: string): ReadonlySet<string> {
    if (this.#debtors.size === 0) return NOBODY;
    const indebted = new Set<string>();
    for (const responderId of this.#debtors) {
      const peer = this.#roster.peer(responderId);
      if (peer === undefined || peer.debts.size === 0) {
        this.#debtors.delete(responderId);
      } else if (peer.debts.has(event) && !this.#tells(peer)) {
        indebted.add(responderId);
      }
    }
    return indebted;
  }

  /** Notes who has not answered: an answer may still be on its way. */
  missed(event: string, responderIds: Iterable<string>): void {
    for (const responderId of responderIds) {
      const peer = this.#roster.peer(responderId);
      if (peer === undefined || this.#tells(peer)) continue;
      peer.debts.set(event, (peer.debts.get(event) ?? 0) + 1);
      this.#debtors.add(responderId);
    }
  }

  /** Takes back what {@linkcode missed} has noted: no answer is on its way. */
  forgive(event: string, responderIds: Iterable<string>): void {
    for (const responderId of responderIds) this.#pay(responderId, event);
  }

  /** Notes an answer to an earlier publish: it is not on its way any more. */
  paid({ responderId, event, ras }: Response): void {
    if (ras !== undefined) this.#pay(responderId, event);
  }

  /** Notes that whatever a peer had to say to earlier publishes of the event is in. */
  cleared(responderId: string, event: string): void {
    this.#roster.peer(responderId)?.debts.delete(event);
  }

  #pay(responderId: string, event: string): void {
    const debts = this.#roster.peer(responderId)?.debts;
    const debt = debts?.get(event);
    if (debts === undefined || debt === undefined) return;
    if (debt > 1) debts.set(event, debt - 1);
    else debts.delete(event);
  }

  #debts(event: string): ReadonlyMap<string, number> | undefined {
    const indebted = this.indebted(event);
    if (indebted.size === 0) return undefined;
    return new Map(
      [...indebted].map((id) =>
        [id, this.#roster.peer(id)!.debts.get(event)!] as const
      ),
    );
  }

  /** Whether a peer tells which signal its answers are for. */
  #tells(peer: Peer): boolean {
    return this.#enabled && peer.correlates;
  }
}

/**
 * Who answered which signal, and who should have: a roster is kept as the
 * publisher keeps its own.
 *
 * @module
 */
import {
  EXTENSION_KEY,
  type Ticket,
} from "../../protocol/extension/extension.ts";
import type { Response } from "../../protocol/response/response.ts";
import { INITIALIZATION, SHUTDOWN } from "../../protocol/signal/signal.ts";
import { peerNames } from "../output/peer_name.ts";
import type { Answer, AnswerKind, Gap, Lane, Missing } from "./model.ts";

interface Published {
  readonly at: number;
  /** Indexes of responders that have not answered. */
  readonly owed: Set<number>;
}

/** The answers to one publisher. */
export class Answers {
  readonly #answers: Answer[] = [];
  readonly #indexes = new Map<string, number>();
  readonly #roster = new Set<number>();
  /** By responder, its processes that have joined and not left. */
  readonly #processes = new Map<number, Set<string>>();
  readonly #published: Published[] = [];
  readonly #byTicket = new Map<string, number>();
  /** The newest signal of each event. */
  readonly #newest = new Map<string, number>();

  /** Notes a signal. */
  publish(event: string, at: number, ticket: Ticket | undefined): void {
    const index = this.#published.length;
    if (event === SHUTDOWN) this.#roster.clear();
    const owed = event === INITIALIZATION ? [] : this.#roster;
    this.#published.push({ at, owed: new Set(owed) });
    this.#newest.set(event, index);
    if (ticket !== undefined) this.#byTicket.set(ticket.id, index);
  }

  /** Notes a response. */
  respond(response: Response, at: number): void {
    const { event, extension, responderId, ras, message } = response;
    // Peers of this module tell each other more than 1.0.1 knows.
    if (event === EXTENSION_KEY) {
      if (extension?.leave) this.#leave(responderId, extension.inc);
      return;
    }
    const responder = this.#index(responderId);
    const signal = this.#byTicket.get(extension?.id ?? "") ??
      this.#newest.get(event) ?? -1;
    const kind = kindOf(response);
    if (kind === "joined") this.#join(responder, extension?.inc);
    else if (kind !== "progress") {
      this.#published[signal]?.owed.delete(responder);
    }
    this.#answers.push({
      kind,
      responder,
      signal,
      at,
      ...(ras !== undefined && !Number.isNaN(ras) && { ras }),
      ...(message !== undefined && { message }),
    });
  }

  #join(responder: number, inc: string | undefined): void {
    this.#roster.add(responder);
    const processes = this.#processes.get(responder) ?? new Set();
    if (inc !== undefined) processes.add(inc);
    this.#processes.set(responder, processes);
  }

  /** A responder leaves with the last of its processes. */
  #leave(responderId: string, inc: string | undefined): void {
    const responder = this.#index(responderId);
    const processes = this.#processes.get(responder);
    if (inc !== undefined) processes?.delete(inc);
    if (!processes?.size) this.#roster.delete(responder);
  }

  /** Puts the responders in the order of their names. */
  build(
    end: number,
    gaps: readonly Gap[],
  ): Pick<Lane, "responders" | "answers" | "missing"> {
    const nameOf = peerNames(this.#indexes.keys());
    const { compare } = new Intl.Collator("en", { numeric: true });
    const sorted = this.#indexes.entries()
      .map(([id, index]) => ({ id, index, name: nameOf(id) })).toArray()
      .sort((a, b) => compare(a.name, b.name));
    const places = new Map(sorted.map(({ index }, place) => [index, place]));
    const inPlace = <T extends { responder: number }>(each: T): T => ({
      ...each,
      responder: places.get(each.responder)!,
    });
    return {
      responders: sorted.map(({ id, name }) => ({ id, name })),
      answers: this.#answers.map(inPlace),
      missing: this.#missing(end, gaps).map(inPlace),
    };
  }

  #missing(end: number, gaps: readonly Gap[]): Missing[] {
    return this.#published.flatMap(({ at, owed }, signal) => {
      const until = this.#published[signal + 1]?.at ?? end;
      const unheard = owed.size > 0 &&
        gaps.some(({ from, to }) => from <= until && to >= at);
      return [...owed].map((responder) => ({
        responder,
        signal,
        until,
        ...(unheard && { unheard }),
      }));
    });
  }

  #index(responderId: string): number {
    const known = this.#indexes.get(responderId);
    if (known !== undefined) return known;
    const index = this.#indexes.size;
    this.#indexes.set(responderId, index);
    return index;
  }
}

function kindOf({ event, ras }: Response): AnswerKind {
  if (event === INITIALIZATION) return "joined";
  if (ras === undefined) return "progress";
  return ras === 1 ? "succeeded" : "failed";
}

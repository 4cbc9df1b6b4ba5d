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
import type { ExporterReport } from "../../protocol/extension/report.ts";
import type { Response } from "../../protocol/response/response.ts";
import { INITIALIZATION, SHUTDOWN } from "../../protocol/signal/signal.ts";
import { peerNames } from "../output/peer_name.ts";
import type { GapIndex } from "./gap_index.ts";
import { cutText } from "./budget.ts";
import type { Answer, AnswerKind, Lane, Missing, Unanswered } from "./model.ts";

/** Milliseconds that a signal and a report of it may be apart, beside the age that the report gives. */
const TOLERANCE = 1_000;

interface Published {
  readonly at: number;
  /** How many of the roster have not answered. */
  owed: number;
  /** Indexes of responders of the roster that have answered. */
  answered: Set<number> | undefined;
  /** What its exporter reported, which counts instead of what is derived. */
  result?: ReportedResult;
}

/** How a publish ended, by its exporter's report. */
interface ReportedResult {
  readonly at: number;
  readonly text: string;
  readonly missing: readonly { responder: number; why: string }[];
}

/** A responder joins the roster, or leaves it. */
interface RosterChange {
  /** Index of the first signal that it counts for. */
  readonly signal: number;
  readonly responder: number;
  readonly joins: boolean;
}

/** From which signal on a responder is on the roster, and up to which it is not any more. */
interface RosterSpan {
  readonly from: number;
  to: number;
}

/**
 * The answers to one publisher.
 *
 * Invariant: memory grows with the messages, not with signals times subscribers.
 * Who owed an answer to a signal is found again from the changes of the roster.
 */
export class Answers {
  readonly #answers: Answer[] = [];
  readonly #indexes = new Map<string, number>();
  readonly #roster = new Set<number>();
  readonly #changes: RosterChange[] = [];
  readonly #memberships = new Map<number, RosterSpan[]>();
  /** By responder, its processes that have joined and not left. */
  readonly #processes = new Map<number, Set<string>>();
  readonly #published: Published[] = [];
  readonly #byTicket = new Map<string, number>();
  /** The signals of each event, the newest last. */
  readonly #byEvent = new Map<string, number[]>();
  #missingCount = 0;
  #isReported = false;

  /** How many answers are missing. */
  get missingCount(): number {
    return this.#missingCount;
  }

  /** Whether the exporter has reported anything. */
  get isReported(): boolean {
    return this.#isReported;
  }

  /** What the exporter reported of the end of a publish. */
  resultOf(signal: number): string | undefined {
    return this.#published[signal]?.result?.text;
  }

  /** Whether a responder has been heard. */
  knows(responderId: string): boolean {
    return this.#indexes.has(responderId);
  }

  /** Notes a signal. */
  publish(event: string, at: number, ticket: Ticket | undefined): void {
    const index = this.#published.length;
    if (event === SHUTDOWN) {
      for (const responder of [...this.#roster]) this.#remove(responder);
    }
    const owed = event === INITIALIZATION ? 0 : this.#roster.size;
    this.#published.push({ at, owed, answered: undefined });
    this.#missingCount += owed;
    const ofEvent = this.#byEvent.get(event);
    if (ofEvent === undefined) this.#byEvent.set(event, [index]);
    else ofEvent.push(index);
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
      this.#byEvent.get(event)?.at(-1) ?? -1;
    const kind = kindOf(response);
    if (kind === "joined") this.#join(responder, extension?.inc);
    else if (kind !== "progress") {
      this.#acquit(responder, signal);
    }
    this.#answers.push({
      kind,
      responder,
      signal,
      at,
      ...(ras !== undefined && !Number.isNaN(ras) && { ras }),
      ...(message !== undefined && { message: cutText(message) }),
    });
  }

  /** Notes a report of the exporter. */
  report(report: ExporterReport, at: number): void {
    this.#isReported = true;
    switch (report.what) {
      case "roster": {
        const roster = report.responders.map((id) => this.#index(id));
        const now = new Set(roster);
        for (const responder of [...this.#roster]) {
          if (!now.has(responder)) this.#remove(responder);
        }
        return roster.forEach((responder) => this.#join(responder, undefined));
      }
      case "joined":
        return report.responders.forEach((id) =>
          this.#join(this.#index(id), undefined)
        );
      case "left": {
        const responder = this.#index(report.responder);
        this.#remove(responder);
        return this.#note(kindOfEnd(report.why), responder, -1, at);
      }
      case "redelivered": {
        const responder = this.#index(report.responder);
        return this.#note("redelivered", responder, this.#find(report, at), at);
      }
      case "result":
        return this.#end(this.#find(report, at), report, at);
    }
  }

  #note(
    kind: AnswerKind,
    responder: number,
    signal: number,
    at: number,
  ): void {
    this.#answers.push({ kind, responder, signal, at, reported: true });
  }

  /** Index of the signal that has a ticket, or else was sent when a report says; -1 if it was not recorded. */
  #find(
    { id, event, age }: { id?: string | undefined; event: string; age: number },
    at: number,
  ): number {
    if (id !== undefined) return this.#byTicket.get(id) ?? -1;
    const indexes = this.#byEvent.get(event) ?? [];
    const distance = (place: number) =>
      Math.abs(
        (this.#published[indexes[place] ?? -1]?.at ?? Infinity) - at + age,
      );
    let nearest = indexes.length - 1;
    while (nearest > 0 && distance(nearest - 1) < distance(nearest)) nearest--;
    return distance(nearest) <= TOLERANCE ? indexes[nearest]! : -1;
  }

  /** A publish has ended: what its exporter says of it is how it is. */
  #end(
    signal: number,
    report: ExporterReport & { readonly what: "result" },
    at: number,
  ): void {
    const published = this.#published[signal];
    if (published === undefined) return;
    const missing = report.missing.filter(([, why]) => why !== "unneeded")
      .map(([id, why]) => ({ responder: this.#index(id), why }));
    published.result = { at, text: textOf(report), missing };
    this.#missingCount += missing.length - published.owed;
    published.owed = missing.length;
  }

  #join(responder: number, inc: string | undefined): void {
    if (!this.#roster.has(responder)) {
      const signal = this.#published.length;
      this.#roster.add(responder);
      this.#changes.push({ signal, responder, joins: true });
      const memberships = this.#memberships.get(responder) ?? [];
      memberships.push({ from: signal, to: Infinity });
      this.#memberships.set(responder, memberships);
    }
    const processes = this.#processes.get(responder) ?? new Set();
    if (inc !== undefined) processes.add(inc);
    this.#processes.set(responder, processes);
  }

  #remove(responder: number): void {
    if (!this.#roster.delete(responder)) return;
    const signal = this.#published.length;
    this.#changes.push({ signal, responder, joins: false });
    this.#memberships.get(responder)!.at(-1)!.to = signal;
  }

  /** A responder owes a signal no answer any more. */
  #acquit(responder: number, signal: number): void {
    const published = this.#published[signal];
    if (published === undefined || published.owed === 0) return;
    if (published.result !== undefined) return;
    const membership = this.#memberships.get(responder)
      ?.findLast(({ from }) => from <= signal);
    if (membership === undefined || membership.to <= signal) return;
    if (published.answered?.has(responder)) return;
    published.answered ??= new Set();
    published.answered.add(responder);
    published.owed--;
    this.#missingCount--;
  }

  /** A responder leaves with the last of its processes. */
  #leave(responderId: string, inc: string | undefined): void {
    const responder = this.#index(responderId);
    const processes = this.#processes.get(responder);
    if (inc !== undefined) processes?.delete(inc);
    if (!processes?.size) this.#remove(responder);
  }

  /**
   * Puts the responders in the order of their names.
   *
   * @param summarises Whether missing answers are only counted.
   */
  build(
    end: number,
    gaps: GapIndex,
    summarises: boolean,
  ): Pick<Lane, "responders" | "answers" | "missing" | "unanswered"> {
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
    const unanswered = this.#unanswered(end, gaps);
    return {
      responders: sorted.map(({ id, name }) => ({ id, name })),
      answers: this.#answers.map(inPlace),
      missing: summarises ? [] : this.#missing(unanswered).map(inPlace),
      unanswered: summarises ? unanswered : [],
    };
  }

  #unanswered(end: number, gaps: GapIndex): Unanswered[] {
    const unanswered: Unanswered[] = [];
    this.#published.forEach(({ at, owed: count, result }, signal) => {
      if (count === 0) return;
      const until = result?.at ?? this.#published[signal + 1]?.at ?? end;
      const unheard = result === undefined &&
        gaps.touches({ from: at, to: until });
      unanswered.push({ signal, until, count, ...(unheard && { unheard }) });
    });
    return unanswered;
  }

  #missing(unanswered: readonly Unanswered[]): Missing[] {
    const missing: Missing[] = [];
    const roster = new Set<number>();
    let next = 0;
    for (const { count: _, ...each } of unanswered) {
      for (; this.#changes[next]?.signal! <= each.signal; next++) {
        const { responder, joins } = this.#changes[next]!;
        if (joins) roster.add(responder);
        else roster.delete(responder);
      }
      const { answered, result } = this.#published[each.signal]!;
      if (result !== undefined) {
        for (const which of result.missing) missing.push({ ...which, ...each });
        continue;
      }
      for (const responder of roster) {
        if (!answered?.has(responder)) missing.push({ responder, ...each });
      }
    }
    return missing;
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

function kindOfEnd(why: string): AnswerKind {
  return why === "evicted" || why === "lost" || why === "removed"
    ? why
    : "left";
}

function textOf(
  { code, acks, missing, error }: ExporterReport & { readonly what: "result" },
): string {
  if (error !== undefined) return cutText(`not published: ${error}`);
  return `code ${code}: ${acks} acknowledged, ${missing.length} missing`;
}

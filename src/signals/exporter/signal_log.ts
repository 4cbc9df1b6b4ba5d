/**
 * Every signal that one exporter has ever published, and for which of them a
 * response of a peer of 1.0.1 can be. Such a response names an event and no
 * signal, but the peer answers in the order of the channel. So one number per
 * peer is enough: its floor, the earliest signal that its last response can have
 * been for. Pure.
 *
 * Invariant: a peer's floor is never above the signal that its last response was
 * for. The next response of event E is for a later signal than the last one, so
 * it is for one of E's entries above the floor, and the floor may move up to the
 * first of them. Where only one signal of E is above the floor, the response is
 * for that signal.
 *
 * The order of the newest entries is kept, and of older ones a count per event.
 * A peer whose floor is older than that has instead a count per event of what it
 * may have answered. Forgetting a floor is always safe: the floor of an unknown
 * peer is below everything.
 *
 * @module
 */
import { INITIALIZATION } from "../../protocol/signal/signal.ts";

/** Rows of equal events whose order is kept. */
const WINDOW = 4_096;
/** Rows that are kept at most, whatever is in flight. */
const MAX_ROWS = 100_000;
/** Names of events whose count is kept below the window. */
const MAX_NAMES = 4_096;
/** Peers off the roster whose floor is remembered. */
const MAX_PEERS = 10_000;

/** Signals of one event that follow each other. */
interface Row {
  readonly event: string;
  first: number;
  last: number;
}

/** The knowledge of one peer. */
interface OrderedPeer {
  /** The earliest signal that its last response can have been for; 0: unknown. */
  floor: number;
  /** How many responses it may have given by event, where the floor is below the window. */
  used: Map<string, number> | undefined;
  /** Whether no response of it came since the last fence that it needed. */
  isSilent: boolean;
}

/** The signals that a response can be for. */
export interface Candidates {
  /** Whether there is any. */
  readonly any: boolean;
  /** The signal, where there is only one. */
  readonly only: number | undefined;
}

/** The dependencies of {@linkcode SignalLog}. */
export interface SignalLogOptions {
  /** Whether a peer's floor must be kept because it is on the roster. */
  isSubscriber(responderId: string): boolean;
  /** The oldest entry whose order must be kept, because of what is in flight. */
  oldestInFlight(): number;
  /** Rows whose order is kept. @default {4_096} */
  window?: number;
}

/** Logs signals, and matches responses that name none. */
export class SignalLog {
  readonly #options: SignalLogOptions;
  readonly #window: number;
  #newest = 0;
  /** The newest entry whose order is not kept any more. */
  #horizon = 0;
  #rows: Row[] = [];
  /** The rows of each event, in their order. */
  readonly #byEvent = new Map<string, Row[]>();
  /** How many entries of each event lie below the window. */
  readonly #older = new Map<string, number>();
  /** Entries that stand for an earlier one, whose signal may have been delivered later. */
  readonly #aliases = new Map<number, number>();
  readonly #peers = new Map<string, OrderedPeer>();

  constructor(options: SignalLogOptions) {
    this.#options = options;
    this.#window = options.window ?? WINDOW;
  }

  /** Enters a signal that is about to be sent; returns its number. */
  add(event: string): number {
    const number = ++this.#newest;
    const last = this.#rows.at(-1);
    if (last?.event === event && last.last === number - 1) {
      last.last = number;
      return number;
    }
    const row = { event, first: number, last: number };
    this.#rows.push(row);
    const rows = this.#byEvent.get(event);
    if (rows === undefined) this.#byEvent.set(event, [row]);
    else rows.push(row);
    const { length } = this.#rows;
    if (length >= 2 * this.#window && length % this.#window === 0) this.#cut();
    return number;
  }

  /** Enters a signal once more whose outcome is unknown: it may still be delivered after what is sent from now on. */
  addAgain(event: string, number: number): void {
    this.#aliases.set(this.add(event), number);
  }

  /** Takes an entry back, because its signal was not sent. */
  remove(event: string, number: number): void {
    const rows = this.#byEvent.get(event);
    const row = rows?.findLast(({ first, last }) =>
      first <= number && number <= last
    );
    if (rows === undefined || row === undefined) return;
    if (row.first === row.last) {
      rows.splice(rows.indexOf(row), 1);
      if (rows.length === 0) this.#byEvent.delete(event);
      this.#rows.splice(this.#rows.lastIndexOf(row), 1);
    } else if (number === row.last) row.last--;
    else if (number === row.first) row.first++;
    else {
      const rest = { event, first: number + 1, last: row.last };
      row.last = number - 1;
      rows.splice(rows.indexOf(row) + 1, 0, rest);
      this.#rows.splice(this.#rows.lastIndexOf(row) + 1, 0, rest);
    }
  }

  /**
   * Notes a response that names no signal, and moves its sender's floor.
   *
   * @param alsoPossible A signal in flight that the peer owes a response to: it
   * stays possible below the floor, because a peer with threads may have
   * answered another event first.
   */
  take(
    responderId: string,
    event: string,
    alsoPossible: number | undefined,
  ): Candidates {
    const peer = this.#peer(responderId);
    peer.isSilent = false;
    if (this.#olderOf(peer, event) > 0) {
      peer.used!.set(event, (peer.used!.get(event) ?? 0) + 1);
      return { any: true, only: undefined };
    }
    const first = this.#firstAbove(peer.floor, event);
    const only = this.#onlyAbove(peer.floor, event);
    if (first !== undefined) {
      Object.assign(peer, { floor: first, used: undefined });
    }
    if (alsoPossible === undefined || only === alsoPossible) {
      return { any: first !== undefined, only };
    }
    return { any: true, only: first === undefined ? alsoPossible : undefined };
  }

  /**
   * How many `initialization`s must go out before the next signal of an event,
   * so that this peer's response to that signal is proven to be for it. Each may
   * be answered late or never, so one more is needed than there were before.
   */
  fenceSize(responderId: string, event: string): number {
    const peer = this.#peers.get(responderId) ?? this.#unknown();
    const older = this.#olderOf(peer, event);
    const last = this.#byEvent.get(event)?.at(-1)?.last ?? 0;
    if (older === 0 && last <= peer.floor) return 0;
    const until = peer.used === undefined ? last : Infinity;
    let size = 1 + this.#olderOf(peer, INITIALIZATION);
    for (const { first, last } of this.#byEvent.get(INITIALIZATION) ?? []) {
      const from = Math.max(first, peer.floor + 1);
      size += Math.max(0, Math.min(last, until) - from + 1);
    }
    return size;
  }

  /** Notes that a fence goes out that a peer needs. */
  noteFence(responderId: string): void {
    this.#peer(responderId).isSilent = true;
  }

  /** Whether no response of a peer came since the last fence that it needed. */
  isSilent(responderId: string): boolean {
    return this.#peers.get(responderId)?.isSilent ?? false;
  }

  #peer(responderId: string): OrderedPeer {
    let peer = this.#peers.get(responderId);
    // The peers that were heard last stand last, so the others are forgotten first.
    if (peer !== undefined) this.#peers.delete(responderId);
    peer ??= this.#unknown();
    this.#peers.set(responderId, peer);
    if (this.#peers.size > MAX_PEERS) this.#forgetOne();
    return peer;
  }

  #forgetOne(): void {
    let tries = 0;
    for (const [responderId, peer] of this.#peers) {
      this.#peers.delete(responderId);
      if (!this.#options.isSubscriber(responderId)) return;
      this.#peers.set(responderId, peer);
      if (++tries === 100) return; // the next call looks further
    }
  }

  #unknown(): OrderedPeer {
    const used = this.#horizon > 0 ? new Map<string, number>() : undefined;
    return { floor: 0, used, isSilent: false };
  }

  /** How many signals of an event below the window a peer's next response can be for. */
  #olderOf({ used }: OrderedPeer, event: string): number {
    if (used === undefined) return 0;
    const older = this.#older.get(event);
    // An event whose name is not kept counts as published without end.
    if (older === undefined) return this.#older.size < MAX_NAMES ? 0 : Infinity;
    return older - (used.get(event) ?? 0);
  }

  #firstAbove(floor: number, event: string): number | undefined {
    const rows = this.#byEvent.get(event) ?? [];
    const row = rows[this.#indexAbove(rows, floor)];
    return row && Math.max(row.first, floor + 1);
  }

  /** The signal of an event above a floor, where there is only one, entered once or more. */
  #onlyAbove(floor: number, event: string): number | undefined {
    const rows = this.#byEvent.get(event) ?? [];
    let only: number | undefined;
    for (let at = this.#indexAbove(rows, floor); at < rows.length; at++) {
      const { first, last } = rows[at]!;
      for (let each = Math.max(first, floor + 1); each <= last; each++) {
        const signal = this.#aliases.get(each) ?? each;
        if (only !== undefined && only !== signal) return undefined;
        only = signal;
      }
    }
    return only;
  }

  /** The first row that reaches above a floor. */
  #indexAbove(rows: readonly Row[], floor: number): number {
    let [from, to] = [0, rows.length];
    while (from < to) {
      const middle = (from + to) >>> 1;
      if (rows[middle]!.last > floor) to = middle;
      else from = middle + 1;
    }
    return from;
  }

  /** Gives up the order of all rows but the newest, and those from the oldest publish in flight on. */
  #cut(): void {
    const rows = this.#rows;
    const pinned = rows.length > MAX_ROWS
      ? Infinity
      : this.#options.oldestInFlight();
    let keep = rows.length - this.#window;
    while (keep > 0 && rows[keep - 1]!.last >= pinned) keep--;
    if (keep === 0) return;
    const cut = rows.slice(0, keep);
    this.#countAnswered(cut);
    this.#horizon = cut.at(-1)!.last;
    this.#rows = rows.slice(keep);
    for (const { event, first, last } of cut) {
      this.#byEvent.get(event)!.shift();
      const older = this.#older.get(event) ??
        (this.#older.size < MAX_NAMES ? 0 : undefined);
      if (older !== undefined) this.#older.set(event, older + last - first + 1);
    }
    for (const [event, rows] of this.#byEvent) {
      if (rows.length === 0) this.#byEvent.delete(event);
    }
    for (const again of this.#aliases.keys()) {
      if (again <= this.#horizon) this.#aliases.delete(again);
    }
  }

  /** Turns the floors below what is cut into counts of what may have been answered. */
  #countAnswered(cut: readonly Row[]): void {
    const newest = cut.at(-1)!.last;
    for (const [responderId, peer] of this.#peers) {
      if (peer.used !== undefined || peer.floor >= newest) continue;
      if (!this.#options.isSubscriber(responderId)) {
        this.#peers.delete(responderId); // its floor is below everything now
        continue;
      }
      const used = new Map(this.#older);
      for (const { event, first, last } of cut) {
        if (first > peer.floor) break;
        const answered = Math.min(last, peer.floor) - first + 1;
        used.set(event, (used.get(event) ?? 0) + answered);
      }
      Object.assign(peer, { floor: 0, used });
    }
  }
}

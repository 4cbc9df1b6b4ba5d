/**
 * Part P of the model: Python peers, which answer one signal after the other, in
 * the order of the channel, or not at all. Whatever an exporter does, and
 * whenever their answers come: no acknowledgement may be credited to a signal
 * that it was not for, and whoever answers must count again.
 *
 * @module
 */

import type { Findings, Model } from "./explore.ts";
import {
  candidates,
  cut,
  eventOf,
  fenceFor,
  type Floor,
  type Log,
  type OrderBounds,
  take,
  UNKNOWN,
} from "./order_rules.ts";

/** The events that are published; a letter each, as in the log. */
export const EVENTS = ["E", "F"] as const;
export type Event = typeof EVENTS[number];

/** What the exporter knows of a peer, and what is true of it. */
export interface Peer extends Floor {
  /** The truth: the first signal that its next response can be for. */
  at: number;
  /** Whether it is on the roster. */
  on: boolean;
  /** The truth: signals of unknown outcome that it has answered, so it never does again. */
  gave: readonly number[];
}

/** A publish that has not settled. */
export interface Flight {
  /** The number of its signal. */
  readonly n: number;
  /** The number of the first signal of its fence. */
  readonly from: number;
  /** Which peers owe a response. */
  owed: boolean[];
  /** Of which peers a response came that may have been for an earlier signal. */
  doubt: boolean[];
}

/** One state. */
export interface PythonState {
  /** Every signal that was published: i(nitialization), E, F, s(hutdown). */
  log: Log;
  /** Whether subscribers are accepted. */
  open: boolean;
  peers: Peer[];
  flights: Partial<Record<Event, Flight>>;
  /** A signal that the server has not confirmed yet, and whether any peer has proven that it was sent. */
  held:
    | { readonly event: Event; readonly n: number; isHeard: boolean }
    | undefined;
  /** Whether nothing was missed so far, and no peer joined late. */
  isOrdinary: boolean;
  /** Whether a rule was violated: nothing follows. */
  isDead: boolean;
  /** What happened, one move after the other. */
  moves: readonly Move[];
  /** What the last move made of a response. */
  verdict: "credited" | "doubt" | "other" | undefined;
}

/**
 * What can happen: `"init"`, `"init 0"` with peer 0 expected, `"ask"`,
 * `"shutdown"`, `"publish E"`, `"expire E"`, `"evict 0"`, `"forget 0"`, and
 * `"answer 0 3"`, peer 0's response to signal 3 arrives. `"publish E held"`: it is
 * not confirmed yet; then `"confirm"`, `"unsend"`, or `"lose"`: its outcome is
 * unknown.
 */
export type Move = string;

/** How the model is explored. */
export interface PythonOptions extends OrderBounds {
  readonly peers: number;
  /** The events that are published. */
  readonly events: readonly Event[];
  /** Whether signals get lost on their way to the server. */
  readonly isLossy: boolean;
  /** Takes violations. */
  readonly findings: Findings;
  /** Called with each state that follows another one. */
  readonly check?: (state: PythonState) => void;
}

/** The model of so many Python peers. */
export class PythonModel implements Model<PythonState> {
  readonly start: PythonState;
  readonly #options: PythonOptions;

  constructor(options: PythonOptions) {
    this.#options = options;
    this.start = {
      log: { text: "", horizon: 0, again: {} },
      open: false,
      peers: Array.from(
        { length: options.peers },
        () => ({ ...UNKNOWN, at: 0, on: false, gave: [] }),
      ),
      flights: {},
      held: undefined,
      isOrdinary: true,
      isDead: false,
      moves: [],
      verdict: undefined,
    };
  }

  isDead({ isDead }: PythonState): boolean {
    return isDead;
  }

  /** Signals that no rule and no response can refer to any more are left out. */
  key({ log, open, peers, flights, held, isOrdinary }: PythonState): string {
    const { horizon, text, again } = log;
    const isBelow = (peer: Peer) =>
      peer.used !== undefined || peer.floor === -1 && horizon > 0;
    const first = Math.min(
      text.length,
      ...peers.map(({ at }) => at),
      ...peers.map((peer) => isBelow(peer) ? horizon : peer.floor + 1),
      ...Object.values(flights).map(({ from }) => from),
      held?.n ?? text.length,
      ...(this.#options.window < Infinity ? [horizon] : []),
    );
    const known = (peer: Peer) =>
      isBelow(peer)
        ? ["i", "E", "F"].map((event) =>
          candidates(log, peer, event, this.#options.without).older
        )
        : peer.floor - first;
    return JSON.stringify([
      text.slice(first),
      // Rows of equal events are cut as one.
      text[first - 1] === text[first],
      horizon - first,
      open,
      isOrdinary,
      peers.map((peer) => [
        peer.at - first,
        peer.on,
        peer.isSilent,
        known(peer),
        peer.gave.map((n) => n - first),
      ]),
      held && [held.event, held.n - first, held.isHeard],
      Object.entries(again).filter(([n]) => Number(n) >= first)
        .map(([n, signal]) => [Number(n) - first, signal - first]),
      EVENTS.map((event) => flights[event]).map((flight) =>
        flight && [
          flight.n - first,
          flight.from - first,
          flight.owed,
          flight.doubt,
        ]
      ),
    ]);
  }

  steps(state: PythonState): PythonState[] {
    const { peers, log: { text, again } } = state;
    return peers.flatMap(({ at, gave }, r) =>
      [...text].flatMap((letter, n) => {
        const isAnswerable = n >= at && letter !== "s" && letter !== "-" &&
          !gave.includes(again[n]!);
        return isAnswerable ? [this.move(state, `answer ${r} ${n}`)] : [];
      })
    );
  }

  operations(state: PythonState): PythonState[] {
    return this.#possible(state).map((move) => this.move(state, move));
  }

  /** Makes a move; returns the state that follows. */
  move(before: PythonState, move: Move): PythonState {
    const state = copyOf(before, move);
    const [what, first, second] = move.split(" ");
    switch (what) {
      case "init":
        this.#initialize(state, first);
        break;
      case "ask":
        this.#send(state, "i");
        break;
      case "shutdown":
        this.#shutDown(state);
        break;
      case "publish":
        this.#publish(state, first as Event, second === "held");
        break;
      case "confirm":
      case "unsend":
      case "lose":
        this.#tell(state, what);
        break;
      case "expire":
        this.#settle(state, first as Event);
        break;
      case "evict":
        this.#remove(state, Number(first));
        break;
      case "forget":
        Object.assign(state.peers[Number(first)]!, UNKNOWN);
        state.isOrdinary = false;
        break;
      case "answer":
        this.#answer(state, Number(first), Number(second));
    }
    this.#options.check?.(state);
    return state;
  }

  /** Notes a violation. */
  report(state: PythonState, kind: string): void {
    this.#options.findings.add(kind, state.moves);
  }

  #possible({ open, peers, flights, held }: PythonState): Move[] {
    const { events, isLossy } = this.#options;
    const numbers = peers.map((_, r) => r);
    const forgotten = numbers.filter((r) => {
      const { on, floor, used } = peers[r]!;
      return !on && (floor >= 0 || used !== undefined);
    }).map((r) => `forget ${r}`);
    const told = held === undefined
      ? []
      : ["confirm", "lose", ...(held.isHeard ? [] : ["unsend"])];
    if (!open) {
      return [
        "init",
        ...numbers.map((r) => `init ${r}`),
        ...forgotten,
        ...told,
      ];
    }
    return [
      ...told,
      "ask",
      "shutdown",
      // Signals of one event take turns.
      ...events.flatMap((event) =>
        flights[event]
          ? [`expire ${event}`]
          : isLossy && held === undefined && peers.some(({ on }) => on)
          ? [`publish ${event}`, `publish ${event} held`]
          : [`publish ${event}`]
      ),
      ...numbers.filter((r) => peers[r]!.on).map((r) => `evict ${r}`),
      ...forgotten,
    ];
  }

  #initialize(state: PythonState, expected: string | undefined): void {
    state.open = true;
    if (expected !== undefined) {
      // It may have heard what was published before.
      if (state.log.text.length > 0) state.isOrdinary = false;
      state.peers[Number(expected)]!.on = true;
    }
    this.#send(state, "i");
  }

  #shutDown(state: PythonState): void {
    if (Object.keys(state.flights).length > 0) state.isOrdinary = false;
    for (const peer of state.peers) peer.on = false;
    Object.assign(state, { open: false, flights: {} });
    this.#send(state, "s");
  }

  #publish(state: PythonState, event: Event, isHeld: boolean): void {
    const { log, peers } = state;
    const subscribers = peers.filter(({ on }) => on);
    const fence = fenceFor(log, subscribers, event, this.#options);
    if (fence > 0 && state.isOrdinary) {
      this.report(state, "a fence though nothing was missed");
    }
    // Peers that are not on the roster may hear it all the same.
    if (peers.some(({ on }) => !on)) state.isOrdinary = false;
    for (let n = 0; n < fence; n++) this.#send(state, "i");
    this.#send(state, event);
    if (!peers.some(({ on }) => on)) return;
    const n = log.text.length - 1;
    if (isHeld) state.held = { event, n, isHeard: false };
    state.flights[event] = {
      n,
      from: n - fence,
      owed: peers.map(({ on }) => on),
      doubt: peers.map(() => false),
    };
  }

  /** The server has confirmed what is held, or its outcome is known to be unknown, or it was not sent. */
  #tell(state: PythonState, what: "confirm" | "unsend" | "lose"): void {
    const { held, log, flights } = state;
    const { event, n } = held!;
    const flight = flights[event]?.n === n ? flights[event] : undefined;
    state.held = undefined;
    if (what !== "confirm") state.isOrdinary = false;
    if (what === "unsend") {
      log.text = `${log.text.slice(0, n)}-${log.text.slice(n + 1)}`;
      if (flight !== undefined) delete flights[event];
      return;
    }
    // As an entry of its own it is added before the publish can settle.
    if (flight && !flight.owed.some(Boolean)) delete flights[event];
    if (what === "lose") {
      this.#send(state, event.toLowerCase());
      log.again = { ...log.again, [log.text.length - 1]: n };
    }
  }

  #settle(state: PythonState, event: Event): void {
    if (state.flights[event]!.owed.some(Boolean)) state.isOrdinary = false;
    delete state.flights[event];
  }

  #remove(state: PythonState, r: number): void {
    state.peers[r]!.on = false;
    for (const event of EVENTS) {
      const flight = state.flights[event];
      if (!flight?.owed[r]) continue;
      flight.owed[r] = false;
      state.isOrdinary = false;
      this.#settleIfComplete(state, event);
    }
  }

  /** All are in; what the server has not confirmed waits for that. */
  #settleIfComplete({ flights, held }: PythonState, event: Event): void {
    const { owed, n } = flights[event]!;
    if (!owed.some(Boolean) && held?.n !== n) delete flights[event];
  }

  #send(state: PythonState, event: string): void {
    const { log, peers, flights } = state;
    const isNewRow = log.text.at(-1) !== event;
    log.text += event;
    const pinned = Math.min(
      ...Object.values(flights).map(({ from }) => from),
      Infinity,
    );
    if (isNewRow) cut(log, peers, this.#options, pinned);
  }

  /** A peer's response to signal `n` arrives: it was subscribed by then, and has skipped what was between. */
  #answer(state: PythonState, r: number, n: number): void {
    const { log, peers, flights, open } = state;
    const { without } = this.#options;
    const peer = peers[r]!;
    const event = eventOf(log.text[n]!);
    /** The truth: the signal that it has answered. */
    const signal = log.again[n] ?? n;
    peer.at = n + 1;
    if (Object.values(log.again).includes(signal) || state.held?.n === signal) {
      peer.gave = [...peer.gave, signal];
    }
    if (state.held?.n === signal) state.held = { ...state.held, isHeard: true };
    state.verdict = "other";
    const { older, list } = take(log, peer, event, without);
    if (event === "i") {
      if (open) peer.on = true;
      return;
    }
    const flight = flights[event as Event];
    if (!flight?.owed[r]) return;
    // What is in flight stays possible although a later signal of another event was answered.
    const all = new Set([flight.n, ...list.map((at) => log.again[at] ?? at)]);
    const isSure = without.has("only one")
      ? Math.max(...all) === flight.n
      : all.size === 1;
    if (older > 0 || !isSure) {
      if (state.isOrdinary) {
        this.report(state, "uncertain though nothing was missed");
      }
      flight.doubt[r] = true;
      state.verdict = "doubt";
      return;
    }
    state.verdict = "credited";
    flight.owed[r] = false;
    if (flight.n !== signal) {
      this.report(state, "credited to a signal that it was not for");
      state.isDead = true;
    }
    this.#settleIfComplete(state, event as Event);
  }
}

function copyOf(state: PythonState, move: Move): PythonState {
  const flights: PythonState["flights"] = {};
  for (const event of EVENTS) {
    const flight = state.flights[event];
    if (flight === undefined) continue;
    const { owed, doubt } = flight;
    flights[event] = { ...flight, owed: [...owed], doubt: [...doubt] };
  }
  return {
    ...state,
    log: { ...state.log },
    peers: state.peers.map((peer) => ({ ...peer })),
    flights,
    moves: [...state.moves, move],
    verdict: undefined,
  };
}

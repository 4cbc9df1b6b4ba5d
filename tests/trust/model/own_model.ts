/**
 * Part O of the model: peers of this module, which name the signals that they
 * answer, in any order; two processes of one responder id, the second of which is
 * the restart of the first. Whatever happens: no acknowledgement may be credited
 * to a signal that it was not for, no subscriber that lives may be taken off the
 * roster, and no process counts in place of one that replaced it.
 *
 * @module
 */

import type { Findings, Model } from "./explore.ts";

/** Rules that can be taken out, to show what each prevents. */
export type OwnRule =
  /** A signal object carries its ticket, so that a copy names it as well. */
  | "copies"
  /** An answer to a signal without a ticket counts where there is only one such signal. */
  | "only one"
  /** A pair of publisher and event names a signal only where one alone is unanswered. */
  | "ambiguous"
  /** A process is told from another one of its id. */
  | "incarnations"
  /** A process that has left never joins again. */
  | "left for good"
  /** A process that was taken for lost, and is back, has the place that it had. */
  | "same place"
  /** A goodbye of a process that is not there does not take an expected subscriber off. */
  | "expected stay"
  /** A signal that is redelivered is seen once. */
  | "seen once";

/** One process. */
export interface Process {
  born: boolean;
  alive: boolean;
  /** The truth: it has joined the session that is open, and has not left. */
  joined: boolean;
  /** Up to which signal of the channel it has heard. */
  heard: number;
  /** The signals that it knows, received in any way. */
  got: readonly number[];
  /** The truth: signals that were handed out, and that it has not answered. */
  pending: readonly number[];
  /** What it knows itself: not answered by name. */
  unnamed: readonly number[];
  /** Whether it had to forget a signal that it has not answered by name: then a pair names nothing. */
  isIncomplete: boolean;
}

/** What an answer names in place of a ticket. */
export const HAD_NONE = -1;
export const NOT_KNOWN = -2;

/** A response on its way: responses arrive in any order, or never. */
export interface Message {
  readonly by: number;
  readonly kind: "join" | "leave" | "ack";
  /** The number of the signal that it names. */
  readonly id: number;
  /** The truth: the signal that was answered. */
  readonly truth: number;
}

/** A publish that has not settled. */
export interface OwnFlight {
  readonly n: number;
  readonly hasTicket: boolean;
  /** The process that was current when it was sent, and its order; none: any process. */
  readonly current:
    | { readonly process: number; readonly order: number }
    | undefined;
  /** Another process that has acknowledged it. */
  other: number | undefined;
  /** The truth: the process that had joined last when it was sent. */
  readonly newest: number | undefined;
}

/** A process that the exporter knows to have joined. */
export interface Joined {
  readonly process: number;
  readonly order: number;
}

/** One state. */
export interface OwnState {
  /** Every signal: i(nitialization), s(hutdown), E with a ticket, e without. */
  log: string;
  open: boolean;
  /** Whether the id is on the roster. */
  on: boolean;
  processes: Process[];
  messages: Message[];
  /** Whether the exporter knows that the id names tickets. */
  names: boolean;
  /** Processes that have joined and not left, the current one last. */
  joined: Joined[];
  /** The order of the one that has joined last. */
  order: number;
  left: readonly number[];
  /** Processes that were taken for lost, each with the place that it had. */
  away: readonly Joined[];
  flights: OwnFlight[];
  /** The truth: in which order they have joined this session. */
  first: readonly number[];
  /** Whether a silent process has given way to another one. */
  hasYielded: boolean;
  /** Whether the id was expected, and was not taken off since by its own goodbye. */
  isExpected: boolean;
  isDead: boolean;
  moves: readonly string[];
  /** What the last move made of an acknowledgement. */
  isCredited: boolean;
}

/** How the model is explored. */
export interface OwnOptions {
  readonly without: ReadonlySet<OwnRule>;
  readonly findings: Findings;
  /** Called with each state that follows another one. */
  readonly check?: (state: OwnState) => void;
}

const FORMS = ["signal", "copy", "pair"] as const;
type Form = typeof FORMS[number];

/**
 * The model. Its moves: `"init"`, `"init expected"`, `"ask"`, `"shutdown"`,
 * `"publish"`, `"expire 0"` and `"redeliver 0"` of the first publish in flight,
 * `"restart"`, `"dies 0"`, `"closes 0"`, `"lose 0"`: the exporter finds that
 * process 0 is gone, or its link down; `"hear 0"`: process 0 hears the next signal; `"answer 0 3
 * copy"`: it answers signal 3 by a copy; `"deliver 1"`: the second response that
 * is on its way arrives; `"overflow 0"`: process 0 forgets its oldest signal
 * that is not answered by name.
 */
export class OwnModel implements Model<OwnState> {
  start: OwnState;
  readonly #options: OwnOptions;

  constructor(options: OwnOptions) {
    this.#options = options;
    const process = (born: boolean): Process => ({
      born,
      alive: born,
      joined: false,
      heard: 0,
      got: [],
      pending: [],
      unnamed: [],
      isIncomplete: false,
    });
    this.start = {
      log: "",
      open: false,
      on: false,
      processes: [process(true), process(false)],
      messages: [],
      names: false,
      joined: [],
      order: 0,
      left: [],
      away: [],
      flights: [],
      first: [],
      hasYielded: false,
      isExpected: false,
      isDead: false,
      moves: [],
      isCredited: false,
    };
  }

  isDead({ isDead }: OwnState): boolean {
    return isDead;
  }

  key(state: OwnState): string {
    const { messages, moves: _, isCredited: __, ...rest } = state;
    // Orders matter by comparison alone.
    const orders = [
      ...new Set([
        ...rest.joined.map(({ order }) => order),
        ...rest.flights.map(({ current }) => current?.order ?? 0),
      ]),
    ].sort((one, other) => one - other);
    const rank = (order: number) => orders.indexOf(order);
    return JSON.stringify([
      {
        ...rest,
        order: 0,
        joined: rest.joined.map(({ process, order }) => [process, rank(order)]),
        away: rest.away.map(({ process, order }) => [process, rank(order)]),
        flights: rest.flights.map((flight) => ({
          ...flight,
          current: flight.current &&
            [flight.current.process, rank(flight.current.order)],
        })),
      },
      messages.map(({ by, kind, id, truth }) => `${by}${kind}${id}/${truth}`)
        .sort(),
    ]);
  }

  steps(state: OwnState): OwnState[] {
    const moves: string[] = [];
    state.processes.forEach((process, k) => {
      if (!process.alive) return;
      if (process.heard < state.log.length) moves.push(`hear ${k}`);
      for (const n of process.pending) {
        for (const form of FORMS) moves.push(`answer ${k} ${n} ${form}`);
      }
    });
    state.messages.forEach((_, index) => moves.push(`deliver ${index}`));
    return moves.map((move) => this.move(state, move));
  }

  operations(state: OwnState): OwnState[] {
    const { open, flights, processes, joined } = state;
    const moves: string[] = [];
    if (open) {
      moves.push("ask", "shutdown");
      // Where there is no ticket, publishes of the event take turns.
      const takesTurns = !(state.on && state.names);
      const isBlocked = flights.some(({ hasTicket }) => !hasTicket) ||
        takesTurns && flights.length > 0;
      if (flights.length < 2 && !isBlocked) moves.push("publish");
      flights.forEach(({ hasTicket }, index) => {
        moves.push(`expire ${index}`);
        if (hasTicket) moves.push(`redeliver ${index}`);
      });
    } else moves.push("init", "init expected");
    if (!processes[1]!.born) moves.push("restart");
    processes.forEach(({ alive, unnamed, isIncomplete }, k) => {
      if (alive && unnamed.length > 0 && !isIncomplete) {
        moves.push(`overflow ${k}`);
      }
      if (alive) moves.push(`dies ${k}`, `closes ${k}`);
      if (joined.some(({ process }) => process === k)) moves.push(`lose ${k}`);
    });
    return moves.map((move) => this.move(state, move));
  }

  /** Makes a move; returns the state that follows. */
  move(before: OwnState, move: string): OwnState {
    const state = copyOf(before, move);
    const [what, first, second, third] = move.split(" ");
    const k = Number(first);
    switch (what) {
      case "init":
        this.#initialize(state, first === "expected");
        break;
      case "ask":
        state.log += "i";
        break;
      case "shutdown":
        this.#shutDown(state);
        break;
      case "publish":
        this.#publish(state);
        break;
      case "expire":
        this.#expire(state, state.flights[k]!);
        break;
      case "redeliver": {
        const { n } = state.flights[k]!;
        state.processes.forEach(({ alive }, j) => {
          if (alive) this.#receive(state, j, n);
        });
        break;
      }
      case "restart":
        Object.assign(state.processes[1]!, {
          born: true,
          alive: true,
          heard: state.log.length,
        });
        break;
      case "dies":
        end(state.processes[k]!);
        break;
      case "closes":
        end(state.processes[k]!);
        state.messages.push({ by: k, kind: "leave", id: 0, truth: 0 });
        break;
      case "lose":
        this.#lose(state, k);
        break;
      case "overflow": {
        const process = state.processes[k]!;
        process.unnamed = process.unnamed.slice(1);
        process.isIncomplete = true;
        break;
      }
      case "hear":
        this.#hear(state, k);
        break;
      case "answer":
        this.#answer(state, k, Number(second), third as Form);
        break;
      case "deliver":
        this.#deliver(state, state.messages[k]!);
    }
    this.#options.check?.(state);
    return state;
  }

  #report(state: OwnState, kind: string): void {
    this.#options.findings.add(kind, state.moves);
    state.isDead = true;
  }

  #has(rule: OwnRule): boolean {
    return !this.#options.without.has(rule);
  }

  #initialize(state: OwnState, isExpected: boolean): void {
    Object.assign(state, { open: true, on: isExpected, isExpected });
    state.log += "i";
  }

  #shutDown(state: OwnState): void {
    Object.assign(state, {
      open: false,
      on: false,
      isExpected: false,
      joined: [],
      order: 0,
      away: [],
      flights: [],
      first: [],
      hasYielded: false,
    });
    state.log += "s";
    for (const process of state.processes) process.joined = false;
  }

  #publish(state: OwnState): void {
    const { on, names, joined, processes, first } = state;
    const hasTicket = on && names;
    // As long as it is not known, it may be a Python peer.
    if (on && !names) state.log += "i".repeat(fenceSize(state.log));
    const n = state.log.length;
    state.log += hasTicket ? "E" : "e";
    if (!on) {
      const isThere = processes.some(({ joined, alive }) => joined && alive);
      if (isThere) this.#report(state, "a subscriber that lives was dropped");
      else if (state.isExpected) {
        this.#report(state, "an expected subscriber was dropped");
      }
      return;
    }
    state.flights.push({
      n,
      hasTicket,
      current: joined.at(-1),
      other: undefined,
      newest: first.findLast((k) => processes[k]!.joined),
    });
  }

  #expire(state: OwnState, flight: OwnFlight): void {
    remove(state.flights, flight);
    const { other } = flight;
    if (other === undefined || state.joined.at(-1)?.process === other) return;
    if (!state.joined.some(({ process }) => process === other)) return;
    // A silent process gives way to one that has answered this very signal.
    state.joined = [
      ...state.joined.filter(({ process }) => process !== other),
      { process: other, order: ++state.order },
    ];
    state.hasYielded = true;
  }

  #hear(state: OwnState, k: number): void {
    const process = state.processes[k]!;
    const n = process.heard++;
    const letter = state.log[n];
    if (letter === "i") {
      state.messages.push({ by: k, kind: "join", id: 0, truth: n });
    } else if (letter !== "s") this.#receive(state, k, n);
  }

  /** A process receives a signal, for the first time or again. */
  #receive(state: OwnState, k: number, n: number): void {
    const process = state.processes[k]!;
    if (process.got.includes(n)) {
      if (!this.#has("seen once")) this.#report(state, "acted on twice");
      // It repeats its answer, where it remembers one.
      if (!process.unnamed.includes(n) && !process.isIncomplete) {
        state.messages.push({ by: k, kind: "ack", id: n, truth: n });
      }
      return;
    }
    process.got = [...process.got, n].sort();
    process.pending = [...process.pending, n].sort();
    process.unnamed = [...process.unnamed, n].sort();
  }

  #answer(state: OwnState, k: number, n: number, form: Form): void {
    const process = state.processes[k]!;
    const id = this.#named(state, process, n, form);
    // It is refused: that is ambiguous.
    if (id === undefined) return;
    state.messages.push({ by: k, kind: "ack", id, truth: n });
    process.pending = process.pending.filter((each) => each !== n);
    if (id === NOT_KNOWN) return;
    const named = id === HAD_NONE
      ? process.unnamed.find((each) => state.log[each] === "e")
      : id;
    process.unnamed = process.unnamed.filter((each) => each !== named);
  }

  /** What an answer names: a signal, that it had no ticket, or nothing. */
  #named(
    { log }: OwnState,
    { unnamed, got, isIncomplete }: Process,
    n: number,
    form: Form,
  ): number | undefined {
    const nameOf = (each: number) => log[each] === "E" ? each : HAD_NONE;
    if (form === "signal") return nameOf(n);
    if (form === "copy" && this.#has("copies")) return nameOf(n);
    if (!this.#has("copies")) {
      return got.findLast((each) => log[each] === "E") ?? HAD_NONE;
    }
    if (unnamed.length === 1 && !isIncomplete) return nameOf(unnamed[0]!);
    if (unnamed.length === 0 || isIncomplete) return NOT_KNOWN;
    return this.#has("ambiguous") ? undefined : nameOf(unnamed.at(-1)!);
  }

  #deliver(state: OwnState, message: Message): void {
    remove(state.messages, message);
    // Every response of ours says that it names tickets.
    state.names = true;
    switch (message.kind) {
      case "join":
        return this.#join(state, message.by);
      case "leave":
        return this.#leave(state, message.by);
      case "ack":
        return this.#acknowledge(state, message);
    }
  }

  #join(state: OwnState, k: number): void {
    if (!state.open) return;
    if (this.#has("incarnations")) {
      if (this.#has("left for good") && state.left.includes(k)) return;
      if (!state.joined.some(({ process }) => process === k)) {
        const was = state.away.find(({ process }) => process === k);
        const order = was !== undefined && this.#has("same place")
          ? was.order
          : ++state.order;
        state.away = state.away.filter((each) => each !== was);
        state.joined.push({ process: k, order });
        state.joined.sort((one, other) => one.order - other.order);
      }
    }
    if (state.left.includes(k) && !this.#has("left for good")) {
      this.#report(state, "a process that has left is a subscriber");
    }
    state.on = true;
    if (state.processes[k]!.alive) state.processes[k]!.joined = true;
    if (!state.first.includes(k)) state.first = [...state.first, k];
  }

  #leave(state: OwnState, k: number): void {
    state.left = [...state.left, k].sort();
    const others = state.joined.filter(({ process }) => process !== k);
    if (this.#has("incarnations")) {
      if (others.length > 0) return this.#drop(state, k);
      const wasThere = state.joined.length > 0;
      if (this.#has("expected stay") && !wasThere) return;
      if (wasThere) state.isExpected = false;
    }
    Object.assign(state, {
      on: false,
      joined: [],
      order: 0,
      away: [],
      flights: [],
    });
  }

  #lose(state: OwnState, k: number): void {
    // As long as it is away, it is no subscriber in truth either.
    state.processes[k]!.joined = false;
    const was = state.joined.find(({ process }) => process === k)!;
    if (state.joined.length > 1) {
      state.away = [...state.away, was];
      return this.#drop(state, k);
    }
    state.flights = []; // it stays on the roster
  }

  /** One of several processes is gone: what only it could acknowledge is given up. */
  #drop(state: OwnState, k: number): void {
    state.joined = state.joined.filter(({ process }) => process !== k);
    const newest = state.joined.at(-1)?.order ?? 0;
    for (const flight of [...state.flights]) {
      const { current } = flight;
      if (current?.process === k && newest <= current.order) {
        this.#expire(state, flight);
      }
    }
  }

  #acknowledge(state: OwnState, { by, id, truth }: Message): void {
    const flight = this.#flightOf(state, id);
    if (flight === undefined) return;
    const { current, newest, n } = flight;
    if (this.#has("incarnations") && !mayCount(state.joined, by, current)) {
      flight.other = by;
      return;
    }
    state.isCredited = true;
    const { first, hasYielded, log } = state;
    if (
      newest !== undefined && state.processes[newest]!.joined && !hasYielded &&
      first.indexOf(by) < first.indexOf(newest)
    ) this.#report(state, "a process counts that was replaced");
    if (n !== truth) {
      const why = log[truth] === "e"
        ? "its own had no ticket"
        : "answered by a copy, or by publisher and event";
      this.#report(state, `credited to a signal that it was not for (${why})`);
    }
    remove(state.flights, flight);
  }

  #flightOf({ flights, log }: OwnState, id: number): OwnFlight | undefined {
    if (id >= 0) {
      return flights.find(({ hasTicket, n }) => hasTicket && n === id);
    }
    if (id === NOT_KNOWN) return undefined;
    const isSingle = log.split("e").length === 2;
    if (this.#has("only one") && !isSingle) return undefined;
    return flights.find(({ hasTicket }) => !hasTicket);
  }
}

/** Another process than the current one of its id counts only where it has joined later. */
function mayCount(
  joined: readonly Joined[],
  by: number,
  current: Joined | undefined,
): boolean {
  if (current === undefined || current.process === by) return true;
  const other = joined.find(({ process }) => process === by);
  return other !== undefined && other.order > current.order;
}

/** As `order_rules.ts` says, for a peer that has answered nothing. */
function fenceSize(log: string): number {
  const last = log.toUpperCase().lastIndexOf("E");
  return last < 0 ? 0 : log.slice(0, last).split("i").length;
}

function end(process: Process): void {
  Object.assign(process, { alive: false, joined: false, pending: [] });
}

function remove<T>(items: T[], item: T): void {
  items.splice(items.indexOf(item), 1);
}

function copyOf(state: OwnState, move: string): OwnState {
  return {
    ...state,
    processes: state.processes.map((each) => ({ ...each })),
    messages: [...state.messages],
    joined: [...state.joined],
    flights: state.flights.map((each) => ({ ...each })),
    moves: [...state.moves, move],
    isCredited: false,
  };
}

/**
 * Holds the exporter and the signal memories of `src` against the model: plays a
 * state's moves once more with them, and compares whatever they let be seen.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { parseTicketedSignal } from "../../../src/protocol/signal/parser.ts";
import type { Signal } from "../../../src/protocol/signal/signal.ts";
import { SeenSignals } from "../../../src/signals/responder/seen_signals.ts";
import type { OwnState } from "./own_model.ts";
import { type Answer, RealExporter, type Verdict } from "./real_exporter.ts";

const ID = "ours";
const ANSWER = { ras: 1 };

/** Compares; throws where they do otherwise. */
export function checkAgainstSource(state: OwnState): void {
  // A memory that overflows has seen hundreds of signals.
  if (state.moves.some((move) => move.startsWith("overflow"))) return;
  const replay = new Replay();
  for (const move of state.moves) replay.play(move);
  assertEquals(
    replay.seen,
    {
      log: state.log,
      isSubscribed: state.on,
      inFlight: state.flights.map(({ hasTicket }) => hasTicket),
      onTheirWay: state.messages.length,
      isCredited: state.isCredited,
    },
    `after ${state.moves.join("; ")}`,
  );
}

/** One process: its incarnation, its memory, and how far it has heard. */
class RealProcess {
  readonly inc: string;
  readonly memory = new SeenSignals();
  heard = 0;
  alive: boolean;

  constructor(inc: string, alive: boolean) {
    this.inc = inc;
    this.alive = alive;
  }

  /** Receives a signal; returns the answer that it repeats, if any. */
  receive(payload: string): Answer | undefined {
    const { signal, ticket } = parseTicketedSignal(payload);
    if (ticket === undefined) {
      this.memory.noteUnticketed(signal);
      return undefined;
    }
    const { answer } = this.memory.note(signal, ticket);
    return answer && this.#answer(signal.event, ticket.id);
  }

  /** Answers a signal in some form; nothing where that is refused. */
  answer(signal: Signal, form: string): Answer | undefined {
    const { publisherId, event } = signal;
    const target = form === "signal"
      ? signal
      : form === "copy"
      ? structuredClone(signal)
      : { publisherId, event };
    let ticket: string | null | undefined;
    try {
      ticket = this.memory.ticketOf(target);
    } catch (error) {
      if (/ambiguous/.test((error as Error).message)) return undefined;
      throw error;
    }
    if (ticket !== undefined) this.memory.answered(target, ticket, ANSWER);
    return this.#answer(event, ticket);
  }

  #answer(event: string, id: string | null | undefined): Answer {
    return { responderId: ID, event, extension: { inc: this.inc, id } };
  }
}

/** One run of the parts of `src`. */
class Replay {
  readonly #exporter = new RealExporter();
  readonly #processes = [
    new RealProcess("old", true),
    new RealProcess("new", false),
  ];
  readonly #messages: Answer[] = [];
  #verdict: Verdict | undefined;

  /** What can be seen of it. */
  get seen() {
    const { signals, subscribers, ticketed } = this.#exporter;
    return {
      log: signals.map(({ event, ticket }) =>
        event === "E" && ticket === undefined ? "e" : event[0]
      ).join(""),
      isSubscribed: subscribers.has(ID),
      inFlight: ticketed,
      onTheirWay: this.#messages.length,
      isCredited: this.#verdict === "credited",
    };
  }

  play(move: string): void {
    const [what, first = "", second, third = ""] = move.split(" ");
    const k = Number(first);
    const process = this.#processes[k]!;
    const exporter = this.#exporter;
    this.#verdict = undefined;
    switch (what) {
      case "init":
        return exporter.initialize(first === "expected" ? [ID] : []);
      case "ask":
        return exporter.ask();
      case "shutdown":
        return exporter.shutdown();
      case "publish":
        return exporter.publish("E");
      case "expire":
        return exporter.expireNth(k);
      case "redeliver": {
        const payload = exporter.payloads[k]!;
        for (const each of this.#processes) {
          if (each.alive) this.#send(each.receive(payload));
        }
        return;
      }
      case "restart":
        this.#processes[1]!.alive = true;
        this.#processes[1]!.heard = exporter.signals.length;
        return;
      case "dies":
        process.alive = false;
        return;
      case "closes":
        process.alive = false;
        return this.#send({
          responderId: ID,
          event: "_ss",
          extension: { inc: process.inc, leave: true },
        });
      case "lose":
        return exporter.lose(ID, process.inc);
      case "hear":
        return this.#hear(process);
      case "answer": {
        const { payload } = exporter.signals[Number(second)]!;
        const { signal } = parseTicketedSignal(payload);
        return this.#send(process.answer(signal, third));
      }
      case "deliver": {
        const [message] = this.#messages.splice(k, 1);
        this.#verdict = exporter.deliver(message!);
      }
    }
  }

  #hear(process: RealProcess): void {
    const { event, payload } = this.#exporter.signals[process.heard++]!;
    if (event === "shutdown") return;
    if (event !== "initialization") {
      return this.#send(process.receive(payload));
    }
    const extension = { inc: process.inc, alive: true };
    this.#send({ responderId: ID, event, extension });
  }

  #send(message: Answer | undefined): void {
    if (message !== undefined) this.#messages.push(message);
  }
}

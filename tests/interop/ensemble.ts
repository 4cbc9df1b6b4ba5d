/**
 * One run of a scenario: its server, its exporters and responders in the
 * languages of a roster, and its outcomes, with names in place of ids.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import type { Signal } from "../../mod.ts";
import { takeTicket } from "../../src/protocol/signal/ticketed_signal.ts";
import { PythonError } from "../support/python_peer.ts";
import { until } from "../support/wait.ts";
import {
  type Answers,
  connectExporter,
  connectResponder,
  type Exporter,
  type Language,
  type Publication,
  type Responder,
} from "./peers.ts";
import type { ServerKind } from "./servers.ts";
import { WireLog } from "./wire_log.ts";

/** The language of each peer. */
export interface Roster {
  readonly name: string;
  readonly exporter: Language;
  /** The languages of the responders, in the order in which a scenario connects them. */
  readonly responders: readonly [Language, Language, Language];
}

/** The outcome of a publish: the values that Python returns, or a refusal. */
export type Published =
  | { event: string; code: number; messages: Record<string, string> }
  | { event: string; refused: true };

/** The outcomes of a scenario, to be compared. */
export interface Outcomes {
  readonly results: readonly Published[];
  /** The signals that each responder saw, by its name. */
  readonly seen: Record<string, readonly Record<string, unknown>[]>;
  /** Further outcomes to compare. */
  readonly [other: string]: unknown;
}

/** A scenario that can be played with any roster. */
export interface Scenario {
  readonly name: string;
  /** The codes of its publishes, in order. */
  readonly codes: readonly (number | "refused")[];
  play(ensemble: Ensemble): Promise<Outcomes>;
}

/** Plays a scenario on a server of its own; every message on it is checked. */
export async function play(
  scenario: Scenario,
  roster: Roster,
  server: ServerKind,
): Promise<Outcomes> {
  await using running = await server.start();
  await using log = await WireLog.start(running.url);
  await using ensemble = new Ensemble(running.url, roster);
  const outcomes = await scenario.play(ensemble);
  const messages = await log.assertSafeForPython();
  assert(messages.length > 0);
  return outcomes;
}

const UUID = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}";

/** The peers of one run. */
export class Ensemble implements AsyncDisposable {
  readonly #url: string;
  readonly #roster: Roster;
  readonly #peers = new AsyncDisposableStack();
  readonly #names = new Map<string, string>();
  #cast = 0;

  constructor(url: string, roster: Roster) {
    this.#url = url;
    this.#roster = roster;
  }

  /** Connects an exporter. */
  async exporter(name: string): Promise<Actor<Exporter>> {
    const peer = this.#peers.use(
      await connectExporter(this.#roster.exporter, this.#url, name),
    );
    assert(new RegExp(`^${name}-${UUID}$`).test(peer.publisherId));
    this.#names.set(peer.publisherId, name);
    return { name, peer };
  }

  /** Connects the next responder of the roster, which listens if answers are given. */
  async responder(name: string, answers?: Answers): Promise<Witness> {
    const language = this.#roster.responders[this.#cast++];
    if (language === undefined) {
      throw new Error(`Cannot bring ${name} on as the roster is exhausted`);
    }
    const peer = this.#peers.use(
      await connectResponder(language, this.#url, name),
    );
    assert(new RegExp(`^${name}-${UUID}-resp$`).test(peer.responderId));
    this.#names.set(peer.responderId, name);
    if (answers !== undefined) await peer.listen(answers);
    return new Witness(name, peer, (signal) => this.#describe(signal));
  }

  /** Publishes; resolves with the outcome, also of a refusal. */
  async publish(
    { peer }: Actor<Exporter>,
    event: string,
    options: Publication = {},
  ): Promise<Published> {
    try {
      const { code, messages } = await peer.publishSignal(event, options);
      const named = Object.entries(messages)
        .map(([id, text]) => [this.#nameOf(id), text]).sort();
      return { event, code, messages: Object.fromEntries(named) };
    } catch (error) {
      const refused = error instanceof RangeError ||
        error instanceof PythonError && error.type === "ValueError";
      if (!refused) throw error;
      return { event, refused: true };
    }
  }

  /** The names of an exporter's subscribers. */
  async subscribers({ peer }: Actor<Exporter>): Promise<string[]> {
    return (await peer.subscribers()).map((id) => this.#nameOf(id)).sort();
  }

  /** Waits until an exporter has `count` subscribers; resolves with their names. */
  async subscribed(
    exporter: Actor<Exporter>,
    count: number,
  ): Promise<string[]> {
    await until(
      async () => (await exporter.peer.subscribers()).length >= count,
      { what: `${count} subscribers` },
    );
    return await this.subscribers(exporter);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#peers.disposeAsync();
  }

  #nameOf(id: string): string {
    return this.#names.get(id) ?? id;
  }

  #describe(signal: Signal): Record<string, unknown> {
    // Python shows the ticket that is meant for responders of this module.
    const { publisherId, ticket: _, ...rest } = takeTicket(signal).signal;
    return { from: this.#nameOf(publisherId), ...rest };
  }
}

/** A peer with its name in the scenario. */
export interface Actor<Peer> {
  readonly name: string;
  readonly peer: Peer;
}

/** A responder that records the signals that it saw. */
export class Witness implements Actor<Responder> {
  readonly name: string;
  readonly peer: Responder;
  readonly #describe: (signal: Signal) => Record<string, unknown>;
  readonly #seen: Record<string, unknown>[] = [];

  constructor(
    name: string,
    peer: Responder,
    describe: (signal: Signal) => Record<string, unknown>,
  ) {
    this.name = name;
    this.peer = peer;
    this.#describe = describe;
  }

  /** Reads on up to the next signal of this event, and with this tag if given. */
  async sees(event: string, tag?: string): Promise<Signal> {
    for (;;) {
      const signal = await this.peer.nextSignal();
      this.#keep(this.#describe(signal));
      const fits = tag === undefined || signal.tag === tag;
      if (signal.event === event && fits) return signal;
    }
  }

  /** The recorded signals; of repeated `initialization`s the first. */
  get seen(): readonly Record<string, unknown>[] {
    return this.#seen;
  }

  /**
   * Records a signal, except a repeated initialization: their number depends on
   * time, and on responses that the exporter of this module missed.
   */
  #keep(described: Record<string, unknown>): void {
    const last = this.#seen.findLast(({ event, from }) =>
      from === described.from &&
      (event === "initialization" || event === "shutdown")
    );
    const repeated = described.event === "initialization" &&
      last?.event === "initialization";
    if (repeated) assertEquals(described, last);
    else this.#seen.push(described);
  }
}

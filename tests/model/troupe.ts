/**
 * The processes of an episode: who plays now, who is dead, and who is the
 * successor of whom.
 *
 * @module
 */

import { Random } from "../support/random.ts";
import {
  type ExporterActor,
  type ResponderActor,
  startExporter,
  startPython,
  startResponder,
} from "./actor.ts";
import type { Mood, Style } from "./commands.ts";
import type { Plan } from "./plan.ts";
import type { World } from "./worlds.ts";

/** The processes; disposing of them kills them. */
export class Troupe implements AsyncDisposable {
  readonly exporters: ExporterActor[] = [];
  /** Also those that are dead. */
  readonly responders: ResponderActor[] = [];
  readonly #plan: Plan;
  readonly #world: World;
  readonly #random: Random;
  #count = 0;

  constructor(plan: Plan, world: World) {
    this.#plan = plan;
    this.#world = world;
    this.#random = new Random(plan.seed + 1);
  }

  /** The responders that run. */
  get alive(): ResponderActor[] {
    return this.responders.filter((each) => each.isAlive && each.id !== "");
  }

  /** The exporters that run; dead ones where none does. */
  get atWork(): ExporterActor[] {
    const alive = this.exporters.filter((each) => each.isAlive);
    return alive.length > 0 ? alive : this.exporters;
  }

  /** Every process that runs. */
  get everyone(): (ExporterActor | ResponderActor)[] {
    return [...this.exporters, ...this.responders].filter((each) =>
      each.isAlive
    );
  }

  /** The id that a responder of this module has which is started next without one. */
  get nextId(): string {
    return idOf(`r${this.#count + 1}`);
  }

  /** Starts an exporter. */
  async exporter(): Promise<ExporterActor> {
    const { redis, exporter: options } = this.#plan;
    const actor = await startExporter(this.#name("x"), this.#world, {
      redis,
      options,
    });
    this.exporters.push(actor);
    return await actor.ready();
  }

  /** Starts a responder of this module, under an id of its own where none is given. */
  async responder(
    style: Style,
    mood: Mood,
    id?: string,
  ): Promise<ResponderActor> {
    const process = this.#name("r");
    const actor = await startResponder(this.#world, {
      ...this.#start,
      redis: this.#plan.redis,
      id: id ?? idOf(process),
      process,
      style,
      mood,
    });
    this.responders.push(actor);
    return await actor.ready();
  }

  /** Starts a Python responder. */
  async python(mood: Mood): Promise<ResponderActor> {
    const process = this.#name("py");
    const actor = await startPython(this.#world, {
      ...this.#start,
      redis: {},
      id: process,
      process,
      style: "signal",
      mood,
    });
    this.responders.push(actor);
    return await actor.ready();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const all = [...this.exporters, ...this.responders];
    await Promise.all(all.map((each) => each[Symbol.asyncDispose]()));
  }

  /** What every responder of the episode begins with. */
  get #start() {
    const { heartbeatTimeout, countSubscribers, queueCapacity } = this.#plan;
    const seed = this.#random.int(0, 2 ** 31);
    return { heartbeatTimeout, countSubscribers, queueCapacity, seed };
  }

  #name(prefix: string): string {
    return `${prefix}${++this.#count}`;
  }
}

/** An id with white space in it, because keys are made of ids. */
function idOf(process: string): string {
  return `id of ${process}`;
}

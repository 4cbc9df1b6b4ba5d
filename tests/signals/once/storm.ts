/**
 * Rounds of `once()` by real processes, whose links are cut and made mute, and
 * which are killed and stopped; and what each process saw.
 *
 * @module
 */

import { delay } from "../../../src/internal/timer.ts";
import { startRole } from "../../support/child.ts";
import { FaultProxy } from "../../support/fault_proxy.ts";
import type { JsonProcess } from "../../support/json_process.ts";
import { Random } from "../../support/random.ts";
import type { OnceOrder, OnceReport } from "../../support/roles/once_party.ts";
import { until } from "../../support/wait.ts";
import { judge, type Tally } from "./tally.ts";

/** Milliseconds of `takeoverAfter` in every round. */
const TAKEOVER = 1_000;
const PARTIES = ["a", "b", "c"];

/** A server to which all parties of a storm connect. */
export interface StormServer {
  readonly hostname: string;
  readonly port: number;
}

/** Plays so many rounds, some at a time; the seed decides what each round does. */
export async function storm(
  server: StormServer,
  rounds: number,
  seed: number,
  tally: Tally,
  lanes = 4,
): Promise<void> {
  let next = 0;
  await Promise.all(Array.from({ length: lanes }, async () => {
    await using lane = new Lane(server);
    await lane.open();
    while (next < rounds) {
      const round = next++;
      judge(await lane.play(new Random(seed + round)), seed + round, tally);
    }
  }));
}

/** Everything that was said and done in a round. */
export interface RoundRecord {
  readonly reports: readonly OnceReport[];
  /** The calls that were made, and when their processes were killed, if they were. */
  readonly calls: ReadonlyMap<string, number>;
  readonly faults: readonly string[];
}

/** Three parties, each a process behind a proxy of its own. */
class Lane implements AsyncDisposable {
  readonly #server: StormServer;
  readonly #seats: Seat[] = [];

  constructor(server: StormServer) {
    this.#server = server;
  }

  async open(): Promise<void> {
    for (const party of PARTIES) {
      const seat = new Seat(party, await FaultProxy.start(this.#server));
      this.#seats.push(seat);
      await seat.start();
    }
  }

  /** Plays one round. */
  async play(random: Random): Promise<RoundRecord> {
    const name = crypto.randomUUID();
    const faults: string[] = [];
    const begun = this.#seats.map((seat) => seat.begin(name, random));
    const disturbed = Array.from(
      { length: random.int(0, 4) },
      () => this.#disturb(random, faults),
    );
    await Promise.all([...begun, ...disturbed]);
    for (const seat of this.#seats) await seat.calm();
    for (const seat of this.#seats) await seat.left();
    const record = {
      reports: this.#seats.flatMap(({ reports }) => reports),
      calls: new Map(this.#seats.flatMap(({ calls }) => [...calls])),
      faults,
    };
    for (const seat of this.#seats) seat.clear();
    return record;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#seats.map((seat) => seat[Symbol.asyncDispose]()));
  }

  async #disturb(random: Random, faults: string[]): Promise<void> {
    const seat = random.pick(this.#seats);
    const kind = random.pick(["cut", "mute", "away", "kill", "stop"] as const);
    const [from, span] = [random.int(0, 2_000), random.int(50, 2_500)];
    faults.push(`${seat.party} ${kind} at ${from} for ${span}`);
    await delay(from);
    await seat.disturb(kind, span);
  }
}

/** One party's process and proxy. */
class Seat implements AsyncDisposable {
  readonly party: string;
  readonly reports: OnceReport[] = [];
  /** The calls of this round, and when their process was killed. */
  readonly calls = new Map<string, number>();
  readonly #proxy: FaultProxy;
  #process: JsonProcess | undefined;
  #order: OnceOrder | undefined;
  #isReady = Promise.withResolvers<void>();
  /** One fault or call of a party at a time. */
  #turn: Promise<void> = Promise.resolve();

  constructor(party: string, proxy: FaultProxy) {
    this.party = party;
    this.#proxy = proxy;
  }

  async start(): Promise<void> {
    this.#isReady = Promise.withResolvers();
    const process = this.#process = startRole("once_party.ts", {
      permissions: ["--allow-net=127.0.0.1"],
    });
    this.#listen(process);
    await this.#isReady.promise;
  }

  /** The party calls. */
  async begin(name: string, random: Random): Promise<void> {
    this.#order = {
      call: "",
      name,
      options: {
        redis: { url: this.#proxy.url, minBackoff: 10 },
        parties: PARTIES,
        party: this.party,
        takeoverAfter: TAKEOVER,
        timeout: 8 * TAKEOVER,
      },
      work: random.int(0, 2_000),
      throws: random.chance(0.1),
      obeys: random.chance(0.8),
    };
    await delay(random.int(0, 200));
    await (this.#turn = this.#turn.then(() => this.#call()));
  }

  /** Disturbs the party for so long. */
  disturb(
    kind: "cut" | "mute" | "away" | "kill" | "stop",
    span: number,
  ): Promise<void> {
    return this.#turn = this.#turn.then(async () => {
      switch (kind) {
        case "cut":
          return this.#proxy.reset();
        case "mute":
          this.#proxy.blackhole();
          await delay(span);
          return await this.#proxy.heal();
        case "away":
          this.#proxy.refuse();
          this.#proxy.reset();
          await delay(span);
          return await this.#proxy.heal();
        case "stop":
          return await this.#stop(span);
        case "kill":
          return await this.#restart(span);
      }
    });
  }

  /** Waits until all faults are over. */
  async calm(): Promise<void> {
    await this.#turn;
  }

  /** Waits until all calls have ended. */
  async left(): Promise<void> {
    await until(
      () =>
        [...this.calls].every(([call, killedAt]) =>
          killedAt < Infinity ||
          this.reports.some((each) =>
            each.call === call && each.said === "left"
          )
        ),
      { timeout: 60_000, what: `all calls of ${this.party} to end` },
    );
    await until(() => this.#hasEnded, {
      timeout: 60_000,
      what: `the functions of ${this.party} to end`,
    });
  }

  clear(): void {
    this.reports.length = 0;
    this.calls.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process?.[Symbol.asyncDispose]();
    await this.#proxy.stop();
  }

  get #hasEnded(): boolean {
    return this.reports.every(({ call, said }) =>
      said !== "begun" ||
      this.calls.get(call.split(" ")[0]!)! < Infinity ||
      this.reports.some((each) => each.call === call && each.said === "ended")
    );
  }

  async #stop(span: number): Promise<void> {
    const from = Date.now();
    this.#process!.suspend();
    await delay(span);
    this.#process!.resume();
    // Said here as well, because the process may be killed before it says so.
    const stalled = { call: this.party, said: "stalled", from } as const;
    this.reports.push({ ...stalled, at: Date.now() });
  }

  async #restart(span: number): Promise<void> {
    const calls = [...this.calls.keys()];
    await this.#process!.kill();
    const at = Date.now();
    for (const call of calls) {
      this.calls.set(call, Math.min(this.calls.get(call)!, at));
    }
    await this.#process![Symbol.asyncDispose]();
    await delay(span / 2);
    await this.start();
    // A party that has its result would wait for the next time.
    const hasResult = this.reports.some(({ said, value, outcome }) =>
      said === "left" && (value !== undefined || outcome === "failed")
    );
    if (calls.length > 0 && !hasResult) await this.#call();
  }

  async #call(): Promise<void> {
    const call = `${this.party}:${crypto.randomUUID()}`;
    this.calls.set(call, Infinity);
    await this.#process!.send({ ...this.#order, call });
  }

  async #listen(process: JsonProcess): Promise<void> {
    try {
      for (;;) {
        const report = await process.next<OnceReport>({
          timeout: Infinity,
          what: "a report",
        });
        if (report.said === "ready") this.#isReady.resolve();
        else if (report.said !== "stalled") this.reports.push(report);
        else this.reports.push({ ...report, call: this.party });
      }
    } catch {
      // It was killed.
    }
  }
}

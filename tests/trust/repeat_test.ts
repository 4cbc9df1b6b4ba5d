import { assert, assertEquals, assertRejects } from "@std/assert";
import { delay } from "@std/async/delay";
import type {
  PublishResult,
  SignalExporter,
  SignalResponder,
} from "../../mod.ts";
import { SIGNAL_CHANNEL } from "../../mod.ts";
import type { FaultProxy } from "../support/fault_proxy.ts";
import { type Random, withRandom } from "../support/random.ts";
import { joinOnly } from "../support/stage.ts";
import { eventOf, until } from "../support/wait.ts";
import { Reader } from "./reader.ts";
import { onEveryServer, type TrustStage } from "./trust_stage.ts";

/** The shortest backoff between two attempts to connect. */
const SWIFT = { minBackoff: 5, maxBackoff: 50 } as const;

const CUTS = 102;
/** Milliseconds without an answer to a question that prove a loss. */
const QUESTION = 600;

/** The peers whose links are cut. */
const VICTIMS = ["exporter", "responder", "both"] as const;

onEveryServer(
  "when links are cut during publishes, no acknowledgement is lost and no signal is acted on twice",
  (stage) =>
    withRandom(async (random) => {
      const lost: string[] = [];
      let twice = 0;
      await Promise.all(VICTIMS.map(async (victim) => {
        const pair = await Pair.open(stage, victim);
        for (let cuts = 0; cuts < CUTS / VICTIMS.length;) {
          const { result, cut, acted, wasAbsent } = await pair.publishAndCut(
            victim,
            random,
          );
          const { ok, missing } = result;
          const isLost = [...missing.values()].includes("lost");
          if (isLost && wasAbsent) continue; // the busy machine took too long
          if (cut) cuts++;
          if (!ok) lost.push(`${victim} ${cuts}: ${[...missing.values()]}`);
          if (acted > 1) twice++;
          assert(acted > 0 || !ok, "a success without an action");
        }
      }));
      stage.figure(
        `acknowledgements lost ${lost.length}/${CUTS} cuts, duplicate executions ${twice}`,
      );
      assertEquals(lost, []);
      assertEquals(twice, 0);
    }),
);

onEveryServer(
  "a response that could not be sent is delivered after the reconnect",
  async (stage) => {
    const pair = await Pair.open(stage, "answer");
    const { exporter, responder, reader, responderLink } = pair;
    const publishing = exporter.publishSignal("start", {
      tag: pair.tag,
    });
    const signal = await reader.next("start");
    const disconnected = eventOf(responder, "disconnect");
    responderLink.refuse();
    responderLink.cut();
    await disconnected;
    const answering = responder.srespond(signal, 1, "done");
    await delay(50);
    await responderLink.heal();
    await answering;
    const { ok, messages } = await publishing;
    assert(ok);
    assertEquals(Object.values(messages), ["done"]);
  },
);

onEveryServer(
  "a response with an unknown outcome is sent again and counts once",
  async (stage) => {
    const pair = await Pair.open(stage, "unconfirmed");
    const { exporter, responder, reader, responderLink } = pair;
    const publishing = exporter.publishSignal("start", { tag: pair.tag });
    const signal = await reader.next("start");
    const cut = responderLink.cutAfter(
      "toServer",
      (sent) => /"message":"done".*\r\n/.test(sent),
    );
    await responder.srespond(signal, 1, "done");
    await cut;
    const { ok, acks } = await publishing;
    assertEquals([ok, acks.size], [true, 1]);
    await until(() => exporter.counts.stale, {
      what: "the repeated response",
    });
  },
);

onEveryServer(
  "a signal that a responder missed while its link was down is redelivered after the reconnect",
  async (stage) => {
    const pair = await Pair.open(stage, "first");
    const { exporter, responder, reader, responderLink } = pair;
    const disconnected = eventOf(responder, "disconnect");
    responderLink.refuse();
    responderLink.cut();
    await disconnected;
    const publishing = exporter.publishSignal("start", { tag: pair.tag });
    await delay(50);
    await responderLink.heal();
    await responder.srespond(await reader.next("start"), 1);
    assert((await publishing).ok);
    assertEquals(reader.waiting("start"), 0);
  },
);

onEveryServer(
  "the signal of an exporter that was lost and returns is acted on once",
  async (stage) => {
    const pair = await Pair.open(stage, "away");
    const { exporter, responder, reader, exporterLink } = pair;
    const publishing = exporter.publishSignal("start", { tag: pair.tag });
    const signal = await reader.next("start");
    const lost = eventOf(responder, "publisher-lost");
    exporterLink.refuse();
    exporterLink.cut();
    await lost;
    await responder.srespond(signal, 1, "done meanwhile");
    await exporterLink.heal();
    const { ok, messages } = await publishing;
    assert(ok);
    assertEquals(Object.values(messages), ["done meanwhile"]);
    assertEquals(reader.waiting("start"), 0);
  },
);

onEveryServer(
  "of 400 unanswered signals none is acted on twice after a reconnect",
  async (stage) => {
    const count = 400;
    const pair = await Pair.open(stage, "many");
    const { exporter, responder, reader, exporterLink } = pair;
    const publishing = Array.from(
      { length: count },
      () => exporter.publishSignal("start", { tag: pair.tag }),
    );
    // At most 256 signals are in flight, as many as a responder remembers; the others wait.
    const all = () => reader.waiting("start") >= 256;
    await until(all, { what: "256 signals in flight" });
    const reconnected = eventOf(exporter, "reconnect");
    exporterLink.cut();
    await reconnected;
    for (let taken = 0; taken < count; taken++) {
      await responder.srespond(await reader.next("start"), 1);
    }
    assert((await Promise.all(publishing)).every(({ ok }) => ok));
    assertEquals(reader.waiting("start"), 0);
  },
);

onEveryServer(
  'a responder that missed two signals dispatches "gap" with their number',
  async (stage) => {
    const pair = await Pair.open(stage, "missed");
    const { exporter, responder, reader, responderLink } = pair;
    const tag = pair.tag;
    const publish = () => exporter.publishSignal("start", { tag, timeout: 20 });
    await publish();
    await reader.next("start");
    const disconnected = eventOf(responder, "disconnect");
    responderLink.refuse();
    responderLink.cut();
    await disconnected;
    await publish();
    await publish();
    const reconnected = eventOf(responder, "reconnect");
    await responderLink.heal();
    await reconnected;
    const gaps: unknown[] = [];
    responder.addEventListener("gap", ({ detail }) => gaps.push(detail));
    await publish();
    await reader.next("start");
    await until(() => gaps.length > 0, { what: "the gap" });
    assertEquals(gaps, [{
      downtime: 0,
      missed: 2,
      publisherId: exporter.publisherId,
    }]);
  },
);

onEveryServer(
  "a signal is redelivered to inboxes only, never to the channel that Python reads",
  async (stage) => {
    const python = await stage.python({ "*": { ras: 1 }, start: null });
    await stage.answering(joinOnly);
    const link = await stage.proxy();
    const exporter = await stage.exporterOf(2, ["start"], {
      redis: { url: link.url, ...SWIFT },
    });
    const enough = new AbortController();
    const publishing = exporter.publishSignal("start", {
      signal: enough.signal,
    });
    while ((await python.nextSignal()).event !== "start");
    const reconnected = eventOf(exporter, "reconnect");
    link.cut();
    await reconnected;
    const channels = await until(async () => {
      const starts = (await stage.allTraffic()).filter(({ payload }) =>
        payload.includes('"start"') && payload.includes("runner_host")
      );
      return starts.length > 1 && starts.map(({ channel }) => channel);
    }, { what: "the signal to be sent again" });
    enough.abort();
    await assertRejects(() => publishing);
    assertEquals(channels[0], SIGNAL_CHANNEL);
    assertEquals(channels.lastIndexOf(SIGNAL_CHANNEL), 0);
  },
  { python: true },
);

/** An exporter and its only responder, each behind a proxy. */
class Pair {
  readonly #acted = new Map<unknown, number>();
  #number = 0;
  /** Milliseconds of work on each signal. */
  #work = 0;
  /** Since when the responder's link is up; `undefined`: it is down. */
  #upSince: number | undefined = performance.now();

  static async open(stage: TrustStage, tag: string): Promise<Pair> {
    const exporterLink = await stage.proxy();
    const responderLink = await stage.proxy();
    const responder = await stage.responder({
      redis: { url: responderLink.url, ...SWIFT },
    });
    responder.lockTag(tag);
    const reader = new Reader(responder);
    const exporter = await stage.exporter({
      redis: { url: exporterLink.url, ...SWIFT },
    });
    await exporter.initializeAndWait(1, ["start", "work"], { tag });
    return new Pair(
      tag,
      exporter,
      responder,
      reader,
      exporterLink,
      responderLink,
    );
  }

  private constructor(
    readonly tag: string,
    readonly exporter: SignalExporter,
    readonly responder: SignalResponder,
    readonly reader: Reader,
    readonly exporterLink: FaultProxy,
    readonly responderLink: FaultProxy,
  ) {
    responder.addEventListener("reconnect", () => {
      this.#upSince = performance.now();
    });
    this.#act().catch(() => {}); // the end of the test
  }

  /**
   * Publishes, and cuts links at random moments; `cut` is false if the publish
   * settled first.
   */
  async publishAndCut(
    victim: typeof VICTIMS[number],
    random: Random,
  ): Promise<Round> {
    const number = ++this.#number;
    this.#work = random.int(0, 8);
    await until(() => this.#upSince, { what: "the responder's link" });
    let settled = false;
    let cutAt: number | undefined;
    const publishing = this.exporter.publishSignal("work", {
      tag: this.tag,
      metadata: { number },
    }).finally(() => settled = true);
    let cut = false;
    do {
      await delay(random.int(0, 8));
      cut ||= !settled;
      if (victim !== "responder") this.exporterLink.cut();
      if (victim !== "exporter") {
        cutAt ??= performance.now();
        this.#upSince = undefined;
        this.responderLink.cut();
      }
      // Now and then what repairs the first is lost as well.
    } while (!settled && random.chance(0.3));
    const result = await publishing;
    const now = performance.now();
    const wasAbsent = now - (cutAt ?? now) >= QUESTION &&
      now - (this.#upSince ?? now) < QUESTION;
    return { result, cut, acted: this.#acted.get(number) ?? 0, wasAbsent };
  }

  /** Acts on each signal that comes, also on one whose publish is over. */
  async #act(): Promise<never> {
    for (;;) {
      const signal = await this.reader.next("work", { timeout: Infinity });
      const number = signal.metadata?.number;
      this.#acted.set(number, (this.#acted.get(number) ?? 0) + 1);
      await delay(this.#work);
      await this.responder.srespond(signal, 1).catch(() => {});
    }
  }
}

/** One publish with cuts. */
interface Round {
  readonly result: PublishResult;
  /** Whether anything was cut before it settled. */
  readonly cut: boolean;
  /** How often it was acted on. */
  readonly acted: number;
  /** Whether the responder's link was down for long enough to prove a loss. */
  readonly wasAbsent: boolean;
}

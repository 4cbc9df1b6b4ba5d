/** What a leader publishes last where the server refuses or loses its messages. */
import { assert, assertEquals } from "@std/assert";
import type { Context } from "../../../src/cli/args/command.ts";
import { leadBarrier } from "../../../src/cli/barrier/lead.ts";
import { Output, type Sheet } from "../../../src/cli/output/output.ts";
import { Interruption } from "../../../src/cli/process/interruption.ts";
import { SignalResponder } from "../../../src/signals/responder/responder.ts";
import { MemoryTransport } from "../../../src/transport/memory.ts";
import type { DeliveryError } from "../../../src/transport/transport.ts";

/** What becomes of an event: it is confirmed, lost before or after it was sent, or refused. */
type Fate = "confirmed" | "not-sent" | "unknown" | "refused";

const QUIET: Sheet = {
  write: (bytes) => Promise.resolve(bytes.length),
  isTerminal: () => false,
};

/** A memory transport to which something happens when an event is published. */
class FatefulTransport extends MemoryTransport {
  readonly published: string[] = [];
  readonly #fates: Readonly<Record<string, Fate>>;

  constructor(fates: Readonly<Record<string, Fate>>) {
    super();
    this.#fates = fates;
  }

  override publish(channel: string, payload: string): Promise<number> {
    const { event } = JSON.parse(payload);
    const fate = this.#fates[event] ?? "confirmed";
    if (channel === "event-signal-pubsub") this.published.push(event);
    if (fate === "confirmed") return super.publish(channel, payload);
    const error: Error & Partial<DeliveryError> = new Error(`It is ${fate}`);
    return Promise.reject(Object.assign(
      error,
      fate === "refused"
        ? { outcome: "not-sent", code: "NOPERM" }
        : { outcome: fate },
    ));
  }
}

interface Case {
  /** What the party makes of `barrier`: an answer, or none. */
  readonly answer: number | undefined;
  readonly fates: Readonly<Record<string, Fate>>;
  /** Whether the leader is interrupted instead of waiting for its timeout. */
  readonly isInterrupted?: boolean;
  readonly last: readonly string[];
}

const LOST: readonly Fate[] = ["not-sent", "unknown", "refused"];

const CASES: readonly Case[] = [
  { answer: 1, fates: {}, last: ["success", "shutdown"] },
  { answer: 0, fates: {}, last: ["fail", "shutdown"] },
  { answer: undefined, fates: {}, last: ["fail", "shutdown"] },
  {
    answer: undefined,
    fates: {},
    isInterrupted: true,
    last: ["fail", "shutdown"],
  },
  ...LOST.flatMap((fate): Case[] => [
    { answer: 1, fates: { success: fate }, last: ["success"] },
    { answer: 0, fates: { fail: fate }, last: ["fail"] },
    { answer: undefined, fates: { fail: fate }, last: ["fail"] },
    {
      answer: undefined,
      fates: { fail: fate },
      isInterrupted: true,
      last: ["fail"],
    },
    { answer: 1, fates: { barrier: fate, fail: fate }, last: ["fail"] },
  ]),
];

Deno.test("no shutdown follows a success or fail that may not have arrived", async () => {
  await Promise.all(CASES.map(async (each) => {
    const { answer, fates, isInterrupted = false, last } = each;
    const redis = new FatefulTransport(fates);
    const interruption = new AbortController();
    await using party = await SignalResponder.connect({ redis, name: "b" });
    const answering = (async () => {
      for await (const signal of party) {
        const isAsked = signal.event === "barrier";
        const ras = isAsked ? answer : 1;
        if (ras !== undefined) await party.srespond(signal, ras);
        else if (isInterrupted) interruption.abort(new Interruption("SIGINT"));
      }
    })();
    const leading = leadBarrier(
      {
        connection: () => ({ redis, logLevel: "CRITICAL" }),
        interrupted: interruption.signal,
        output: new Output(QUIET, QUIET, { json: false, colours: false }),
      } as Partial<Context> as Context,
      { name: "warm", party: "a", parties: 2, timeout: 600 },
    );
    const [ended] = await Promise.allSettled([leading]);
    if (ended.status === "fulfilled") {
      assertEquals(
        ended.value.type === "open",
        answer === 1 && fates.barrier === undefined,
      );
    } else assert(ended.reason.message.startsWith("It is"), ended.reason);
    const after = redis.published.indexOf("barrier") + 1;
    assert(after > 0, "barrier was not published");
    assertEquals(redis.published.slice(after), last, JSON.stringify(each));
    await party.close();
    await answering;
  }));
});

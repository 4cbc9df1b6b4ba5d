import { assert } from "@std/assert";
import {
  type PublishResult,
  SignalExporter,
  SignalResponder,
} from "../../mod.ts";
import { RESPONSE_CHANNEL } from "../../src/protocol/channels.ts";
import { startRole } from "../support/child.ts";
import { needsRedis } from "../support/redis_binary.ts";
import { RedisServer } from "../support/redis_server.ts";
import type { FloodOptions } from "../support/roles/flooder.ts";
import { until } from "../support/wait.ts";
import { percentiles, scenario } from "./scenario.ts";
import { answerText } from "./traffic.ts";

const RATE = 10_000;
const DURATION = 1_500;
const LATE_ANSWER = 500;
const TIMEOUT = 500;
/** Milliseconds that a noisy machine may take beyond a deadline. */
const SLACK = 2_000;
const TICK = 5;

scenario(
  22,
  "10,000 responses a second of unknown responders complete and delay no publish, and are all counted",
  { needs: needsRedis("[fault 22] is") },
  async (report) => {
    await using server = await RedisServer.start();
    const redis = server.url;
    await using responder = await SignalResponder.connect({ redis });
    await using exporter = await SignalExporter.connect("fio", { redis });
    const answering = answerOnlyTheFirst(responder);
    await exporter.initializeAndWait(1, ["state"]);
    const flood: FloodOptions = {
      redis,
      channel: RESPONSE_CHANNEL,
      template: answerText("stranger-%d", exporter.publisherId, "state"),
      rate: RATE,
      duration: DURATION,
    };
    await using flooder = startRole("flooder.ts", {
      args: [JSON.stringify(flood)],
      permissions: [`--allow-net=127.0.0.1:${server.port}`],
    });
    await flooder.next({ what: "the flooder" });

    using lag = new LagMeter();
    const answered = await exporter.publishSignal("state");
    const unanswered = await exporter.publishSignal("state", {
      timeout: TIMEOUT,
    });
    const { sent, rate } = await flooder.next<{ sent: number; rate: number }>({
      what: "the end of the flood",
    });
    const { samples } = lag;
    const counted = () => {
      const { unknown, late, stale, duplicate } = exporter.counts;
      return unknown + late + stale + duplicate;
    };
    await until(() => counted() >= sent, {
      what: "every response to be counted",
    });

    assert(answered.ok && answered.elapsed >= LATE_ANSWER - TICK);
    assert(
      unanswered.code === 2 && unanswered.elapsed < TIMEOUT + SLACK,
      `settled after ${unanswered.elapsed} ms`,
    );
    assert(
      exporter.counts.unknown > 0,
      "no unknown response arrived during the publishes",
    );
    for (const result of [answered, unanswered]) assertAccounted(result);
    report({
      tried: sent,
      held: counted(),
      figure: `${rate.toFixed(0)} a second, event-loop lag ${
        percentiles(samples)
      }`,
    });
    await responder.close();
    await answering;
  },
);

/** Joins, answers the first event late, and no other event. */
async function answerOnlyTheFirst(responder: SignalResponder): Promise<void> {
  let isFirst = true;
  for await (const signal of responder) {
    if (signal.event === "initialization") await responder.respond(signal);
    else if (isFirst) {
      isFirst = false;
      await new Promise((resolve) => setTimeout(resolve, LATE_ANSWER));
      await responder.srespond(signal, 1);
    }
  }
}

/** The one subscriber succeeded, failed, or is missing for a reason. */
function assertAccounted({ acks, missing }: PublishResult): void {
  assert(acks.size + missing.size === 1, "a response is not accounted for");
  for (const id of acks.keys()) assert(!id.startsWith("stranger"));
}

/** Measures the lag of the event loop: by how many milliseconds a timer is late. */
class LagMeter implements Disposable {
  readonly samples: number[] = [];
  readonly #timer: ReturnType<typeof setInterval>;

  constructor() {
    let last = performance.now();
    this.#timer = setInterval(() => {
      const now = performance.now();
      this.samples.push(Math.max(0, now - last - TICK));
      last = now;
    }, TICK);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}

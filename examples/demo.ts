/**
 * The main job, live: a benchmark-like process goes through its states while
 * three responders act on each of them and acknowledge it.
 *
 *     deno task demo                                  # on the embedded broker
 *     deno task demo --redis redis://127.0.0.1:6379   # on a server of yours
 *
 * @module
 */
import { parseArgs } from "node:util";
import { type PublishResult, SignalExporter, SignalResponder } from "../mod.ts";
import { Broker } from "../src/broker/mod.ts";

type State =
  | "benchmark-start"
  | "sample-start"
  | "sample-stop"
  | "benchmark-stop";

const NODES = ["node-1", "node-2", "node-3"];
const STATES: readonly State[] = [
  "benchmark-start",
  "sample-start",
  "sample-stop",
  "benchmark-stop",
];

const began = performance.now();

function say(who: string, what: string): void {
  const seconds = ((performance.now() - began) / 1000).toFixed(3).padStart(7);
  console.log(`${seconds} s  ${who.padEnd(9)} ${what}`);
}

/** Acts on every signal of the run, taking its time as real collectors do. */
async function node(name: string, redis: string, tag: string): Promise<void> {
  await using responder = await SignalResponder.connect({ redis, name });
  responder.lockTag(tag);
  for await (const signal of responder) {
    if (signal.event === "initialization") {
      await responder.respond(signal);
      continue;
    }
    if (signal.event === "shutdown") break;
    await new Promise((resolve) =>
      setTimeout(resolve, 20 + Math.random() * 180)
    );
    await responder.srespond(signal, 1, `${name} is done with ${signal.event}`);
  }
  say(name, "saw shutdown and leaves");
}

function report({ missing, elapsed, code }: PublishResult): void {
  for (const [responderId, reason] of missing) {
    say("", `  MISSING  ${responderId}: ${reason}`);
  }
  say("fio", `all answers after ${elapsed.toFixed(0)} ms, result code ${code}`);
}

/** Runs the demo; returns whether every subscriber acted on every state. */
async function demo(redis: string): Promise<boolean> {
  const tag = `demo-${crypto.randomUUID().slice(0, 8)}`;
  await using exporter = await SignalExporter.connect<State>("fio", { redis });
  exporter.addEventListener("ack", ({ detail }) => {
    const mark = detail.ras === 1 ? "ok" : "FAILED";
    const latency = detail.latency.toFixed(1).padStart(5);
    say("", `  ${mark}  after ${latency} ms: ${detail.message}`);
  });
  const nodes = NODES.map((name) => node(name, redis, tag));
  // A node that fails ends the demo at once, with its own error.
  const failure = Promise.all(nodes).then(() => new Promise<never>(() => {}));

  const run = async (): Promise<boolean> => {
    say("fio", `waits for ${NODES.length} subscribers`);
    const options = { tag, timeout: 10_000, periodic: 100 };
    if (!await exporter.initializeAndWait(NODES.length, STATES, options)) {
      say("fio", "not all of them came");
      return false;
    }
    say("fio", `has ${exporter.subscribers.size} subscribers`);
    let ok = true;
    const publish = async (state: State, sample?: number): Promise<void> => {
      say(
        "fio",
        sample === undefined ? `> ${state}` : `> ${state} (sample ${sample})`,
      );
      const result = await exporter.publishSignal(state, {
        tag,
        sample,
        timeout: 10_000,
      });
      report(result);
      ok &&= result.ok;
    };
    await publish("benchmark-start");
    for (const sample of [0, 1]) {
      await publish("sample-start", sample);
      await publish("sample-stop", sample);
    }
    await publish("benchmark-stop");
    say("fio", "> shutdown");
    await exporter.shutdown({ tag });
    return ok;
  };

  const ok = await Promise.race([run(), failure]);
  if (ok) await Promise.all(nodes);
  return ok;
}

if (import.meta.main) {
  const { values } = parseArgs({
    args: Deno.args,
    options: { redis: { type: "string" } },
  });
  let ok: boolean;
  if (values.redis === undefined) {
    await using broker = await Broker.listen();
    console.log(`On an embedded broker at ${broker.url}\n`);
    ok = await demo(broker.url);
  } else {
    console.log("On the server that --redis names\n");
    ok = await demo(values.redis);
  }
  console.log(
    ok ? "\nEvery subscriber acted on every state." : "\nSomething is missing.",
  );
  Deno.exit(ok ? 0 : 1);
}

/**
 * A distributed load test: a controller and three workers, each a process of its
 * own. Four runs show what a controller has to coordinate: wait for all, share
 * set-up data, start together, pause and resume, collect results, detect the
 * lost, stop on a failure, stop on request, tear down.
 *
 *     deno run --allow-net=127.0.0.1 --allow-run=deno examples/distributed_load.ts
 *
 * @module
 */
import { SignalExporter, SignalResponder } from "@dsa/state-signals";
import { Broker } from "@dsa/state-signals/broker";

const PHASES = ["setup", "start", "pause", "resume", "stop"] as const;
type Phase = typeof PHASES[number];

/** What happens to a worker: nothing, or an accident. */
type Fate = "steady" | "dies" | "fails" | "sees an overload";

/** The set-up data that all workers share. */
interface Setup {
  readonly url: string;
  /** Milliseconds between two requests of a worker. */
  readonly interval: number;
}

/** What a worker has found: small enough for an answer. */
interface Finding {
  readonly requests: number;
  /** When the worker made its first request, in milliseconds since the epoch. */
  readonly began: number;
}

/** Waits for some milliseconds, unless the signal aborts. */
async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  const abort = () => reject(signal?.reason);
  signal?.addEventListener("abort", abort, { once: true });
  try {
    await promise;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
  }
}

// --- The worker -----------------------------------------------------------

/** Makes one request after the other, between `start` and `end`. */
class Load {
  requests = 0;
  began = Infinity;
  readonly #url: string;
  readonly #interval: number;
  #isOn = false;
  #running: Promise<void> | undefined;

  constructor({ url, interval }: Setup) {
    this.#url = url;
    this.#interval = interval;
  }

  /** @param overloaded Called when the target can't take the load. */
  start(overloaded: (why: string) => void): void {
    this.#isOn = true;
    this.began = Math.min(this.began, Date.now());
    this.#running = this.#run(overloaded);
  }

  /** Resolves when no request is under way any more. */
  async end(): Promise<void> {
    this.#isOn = false;
    await this.#running;
  }

  async #run(overloaded: (why: string) => void): Promise<void> {
    while (this.#isOn) {
      const response = await fetch(this.#url);
      await response.body?.cancel();
      if (!response.ok) return overloaded(`the target says ${response.status}`);
      this.requests++;
      await sleep(this.#interval);
    }
  }
}

/** What runs in the process of a worker. */
async function work(redis: string, name: string, fate: Fate): Promise<void> {
  await using responder = await SignalResponder.connect({ redis, name });
  let load: Load | undefined;
  const start = (publisherId: string) =>
    load?.start((why) => {
      // The controller decides what to do; it may have stopped by itself.
      responder.requestStop(publisherId, why).catch(() => {});
    });
  await responder.serve({
    setup({ metadata }) {
      const { url, interval } = metadata as unknown as Setup;
      const path = fate === "sees an overload" ? "/overload" : "/";
      load = new Load({ url: `${url}${path}`, interval });
    },
    async start({ metadata, publisherId }) {
      await sleep(Number(metadata?.at) - Date.now()); // the same time for all
      start(publisherId);
    },
    async pause() {
      if (fate === "dies") Deno.exit(1);
      await load?.end();
    },
    resume({ publisherId }) {
      if (fate === "fails") throw new Error("out of memory");
      start(publisherId);
    },
    async stop(): Promise<Finding> {
      await load?.end();
      return { requests: load?.requests ?? 0, began: load?.began ?? Infinity };
    },
    async shutdown({ metadata }) {
      await load?.end();
      console.log(`${name} ends: ${metadata?.reason ?? "the test is over"}`);
    },
  }, { until: "shutdown" });
}

// --- The controller -------------------------------------------------------

/** Starts a worker, as your scheduler does. */
function startWorker(redis: string, name: string, fate: Fate) {
  return new Deno.Command("deno", {
    args: ["run", "--allow-net=127.0.0.1", import.meta.url, redis, name, fate],
    stdin: "null",
  }).spawn();
}

/** What the load goes to: counts the requests. */
function startTarget() {
  const target = { requests: 0 };
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    ({ url }) => {
      target.requests++;
      const isOverload = new URL(url).pathname === "/overload";
      return new Response(null, { status: isOverload ? 503 : 200 });
    },
  );
  const url = `http://127.0.0.1:${server.addr.port}`;
  return Object.assign(target, { url, stop: () => server.shutdown() });
}

/** One test from its beginning to its end; tells why it was stopped. */
async function run(redis: string, fates: readonly Fate[]): Promise<string> {
  const target = startTarget();
  const workers = fates.map((fate, n) =>
    startWorker(redis, `worker-${n + 1}`, fate)
  );
  await using exporter = await SignalExporter.connect<Phase>("load-test", {
    redis,
  });

  // Stop on request: a worker asks, the controller decides.
  const stopped = new AbortController();
  exporter.addEventListener("stop-requested", ({ detail }) => {
    stopped.abort(new Error(`${detail.name} asks for it: ${detail.reason}`));
  });
  const { signal } = stopped;

  /** Publishes a phase; stops at the first worker that fails or is lost. */
  const phase = async (event: Phase, metadata?: Record<string, unknown>) => {
    const { acks, missing } = await exporter.publishSignal(event, {
      ...(metadata === undefined ? {} : { metadata }),
      failFast: true,
      timeout: 30_000,
      signal,
    });
    const failed = [...acks].find(([, { ras }]) => ras !== 1);
    if (failed !== undefined) {
      const [id, { message }] = failed;
      throw new Error(`${id} failed at ${event}: ${message}`);
    }
    for (const [id, why] of missing) throw new Error(`${id} is ${why}`);
    return acks;
  };

  let reason: string | undefined;
  try {
    // Wait for all.
    const come = await exporter.initializeAndWait(fates.length, PHASES, {
      signal,
    });
    if (!come) throw new Error(`${exporter.subscribers.size} workers came`);
    // Share set-up data.
    const setup: Setup = { url: target.url, interval: 5 };
    await phase("setup", { ...setup });
    // Start together, at one time by the clock: machines need NTP for that.
    await phase("start", { at: Date.now() + 200 });
    await sleep(300, signal);
    // Pause: when all have answered, no request is under way.
    await phase("pause");
    const before = target.requests;
    await sleep(200, signal);
    console.log(`${target.requests - before} requests during the pause`);
    await phase("resume");
    await sleep(300, signal);
    // Collect results.
    const findings = [...(await phase("stop")).values()].map((
      { message = "" },
    ): Finding => JSON.parse(message));
    const began = findings.map((each) => each.began);
    const requests = findings.reduce((sum, each) => sum + each.requests, 0);
    const isExact = requests === target.requests;
    console.log(
      `${fates.length} workers began within ${
        Math.max(...began) - Math.min(...began)
      } ms; their requests ${isExact ? "are" : "are NOT"} those of the target`,
    );
  } catch (error) {
    reason = (error as Error).message;
  }
  // Tear down: every worker hears why, and ends by itself.
  await exporter.shutdown(reason === undefined ? {} : { reason });
  await Promise.all(workers.map((worker) => worker.status));
  await target.stop();
  return reason ?? "all went well";
}

const [redis, name, fate] = Deno.args;
if (redis !== undefined && name !== undefined) {
  await work(redis, name, fate as Fate);
} else {
  await using broker = await Broker.listen();
  const accidents: Fate[] = ["steady", "dies", "fails", "sees an overload"];
  for (const accident of accidents) {
    const outcome = await run(broker.url, ["steady", accident, "steady"]);
    console.log(`worker-2 ${accident}: ${outcome}\n`);
  }
}

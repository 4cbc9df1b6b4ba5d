/**
 * One contender in a process of its own, which does what it is told in lines of
 * JSON: {@linkcode Commands} says what there is. Argument: the contender's name.
 *
 * @module
 */

import {
  type AskToStop,
  type Contender,
  type Exporter,
  type ExporterSetup,
  type Publisher,
  STATE,
} from "./contenders/contender.ts";

/** What a worker can be told to do, and what it answers. */
export interface Commands {
  /** Connects an exporter; answers its publisher id. */
  exporter(setup: ExporterSetup & { port: number }): Promise<string>;
  /** Connects responders. */
  responders(how: { port: number; count: number }): Promise<void>;
  /** Connects responders that hear when the exporter stops, and why. */
  stoppable(how: { port: number; count: number }): Promise<void>;
  /** One of them asks the exporter to stop, if a publisher id is given; answers when all have heard the reason. */
  stop(how: { reason: string; publisherId?: string }): Promise<void>;
  /** Waits until so many responders have subscribed. */
  gather(how: { count: number }): Promise<void>;
  /** Publishes signals one after the other; answers the milliseconds that each took. */
  roundTrips(how: {
    warmup: number;
    count: number;
    /** Characters of metadata. */
    size?: number;
  }): Promise<{ times: number[]; acknowledged: number }>;
  /** Begins to publish one signal of each event; answers when they wait for their acknowledgements. */
  startExchanges(how: { events: readonly string[] }): Promise<void>;
  /** Answers when all of them are acknowledged. */
  endExchanges(how: Nothing): Promise<void>;
  /** Connects a publisher. */
  publisher(how: { port: number }): Promise<void>;
  /** Answers how many publishes a second there were. */
  publish(how: {
    payload: string;
    depth: number;
    /** Milliseconds, about, after as many of warming up. */
    duration: number;
  }): Promise<number>;
  /** Subscribes to signals. */
  receiver(how: { port: number }): Promise<void>;
  /** Counts from now on. */
  startReceiving(how: { count: number }): Promise<void>;
  /** Answers how many signals a second arrived, when all of them have. */
  endReceiving(how: Nothing): Promise<number>;
  /** Runs the embedded broker; answers its port. */
  serve(how: Nothing): Promise<number>;
}

type Nothing = Record<string, never>;

/** Connections that are opened at a time. */
const OPENING = 64;

const name = Deno.args[0]!;
const contender: Contender = await import(
  new URL(`./contenders/${name}.ts`, import.meta.url).href
);
let exporter: Exporter;
let publisher: Publisher;
let exchanges: Promise<unknown>;
let receiving: Promise<number>;
let onSignal: () => void = () => {};
let onStop: () => void = () => {};
/** Ask the exporter to stop, each for one responder. */
const askers: AskToStop[] = [];
/** How many responders of this process have heard a reason. */
const heard = new Map<string, number>();

const commands: Commands = {
  async exporter({ port, ...setup }) {
    exporter = await contender.exporter(port, setup);
    return exporter.publisherId;
  },
  responders: ({ port, count }) => open(count, () => contender.responder(port)),
  stoppable: ({ port, count }) =>
    open(count, async () => {
      const ask = await contender.stoppable!(port, (reason) => {
        const times = (heard.get(reason) ?? 0) + 1;
        heard.set(reason, times);
        if (times === askers.length) onStop();
      });
      askers.push(ask);
    }),
  async stop({ reason, publisherId }) {
    const { promise, resolve } = Promise.withResolvers<void>();
    onStop = resolve;
    if (heard.get(reason) === askers.length) resolve();
    if (publisherId !== undefined) await askers[0]!(publisherId, reason);
    await promise;
  },
  gather: ({ count }) => exporter.gather(count),
  async roundTrips({ warmup, count, size }) {
    const metadata = size === undefined ? [] : [{ data: "x".repeat(size) }];
    const times: number[] = [];
    let acknowledged = 0;
    for (let n = -warmup; n < count; n++) {
      const start = performance.now();
      const acks = await exporter.exchange(STATE, ...metadata);
      if (n < 0) continue;
      times.push(performance.now() - start);
      acknowledged += acks;
    }
    return { times, acknowledged };
  },
  startExchanges({ events }) {
    exchanges = Promise.all(events.map((event) => exporter.exchange(event)));
    return Promise.resolve();
  },
  async endExchanges() {
    await exchanges;
  },
  async publisher({ port }) {
    publisher = await contender.publisher(port);
  },
  async publish({ payload, depth, duration }) {
    const block = depth * 10;
    const start = performance.now();
    let warmup = 0;
    let elapsed = 0;
    for (; elapsed < duration; elapsed = performance.now() - start) {
      await publisher(payload, block, depth);
      warmup += block;
    }
    const total = Math.ceil(warmup * duration / elapsed / depth) * depth;
    const since = performance.now();
    await publisher(payload, total, depth);
    return total / (performance.now() - since) * 1_000;
  },
  async receiver({ port }) {
    await contender.receive(port, () => onSignal());
  },
  startReceiving({ count }) {
    const { promise, resolve } = Promise.withResolvers<number>();
    let received = 0;
    let since = 0;
    onSignal = () => {
      if (received++ === 0) since = performance.now();
      if (received === count) {
        resolve((count - 1) / (performance.now() - since) * 1_000);
      }
    };
    receiving = promise;
    return Promise.resolve();
  },
  endReceiving: () => receiving,
  async serve() {
    const { Broker } = await import("../../src/broker/mod.ts");
    return Broker.listen({ maxConnections: 20_000 }).port;
  },
};

for await (
  const text of Deno.stdin.readable.pipeThrough(new TextDecoderStream())
    .pipeThrough(lines())
) run(JSON.parse(text));

/** Opens connections, so many at a time. */
async function open(count: number, one: () => Promise<void>): Promise<void> {
  for (let left = count; left > 0; left -= OPENING) {
    await Promise.all(Array.from({ length: Math.min(left, OPENING) }, one));
  }
}

/** One line of JSON for each command: `{ result }` or `{ error }`. */
async function run(
  { name, args }: { name: keyof Commands; args: never },
): Promise<void> {
  try {
    tell({ result: await commands[name](args) });
  } catch (error) {
    tell({ error: (error as Error).stack ?? String(error) });
  }
}

function tell(message: unknown): void {
  console.log(JSON.stringify(message));
}

function lines(): TransformStream<string, string> {
  let unfinished = "";
  return new TransformStream({
    transform(text, controller) {
      const lines = (unfinished + text).split("\n");
      unfinished = lines.pop() ?? "";
      for (const line of lines) controller.enqueue(line);
    },
  });
}

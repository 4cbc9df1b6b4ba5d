/**
 * (k) A thousand exporters on one server, each with ten responders: what the
 * responses to the others cost one exporter at 100,000 a second, and what each
 * response costs the server, with one channel for all and with a namespace for
 * each exporter.
 *
 * @module
 */

import { setTimeout as sleep } from "node:timers/promises";
import { channelsOf } from "../../../src/protocol/channels.ts";
import { newIncarnation } from "../../../src/protocol/extension/extension.ts";
import { ResponseEncoder } from "../../../src/protocol/response/response.ts";
import { command } from "../../../src/resp/encode.ts";
import type { Bench } from "../bench.ts";
import { STATE } from "../contenders/contender.ts";
import { publisherId, responderId } from "../contenders/hand_written.ts";
import { startServer } from "../server.ts";
import { cpuTime } from "../usage.ts";
import { Worker } from "../worker_process.ts";

const EXPORTERS = 1_000;
const RESPONDERS = 10;
/** Responses a second. */
const RATE = 100_000;
/** Responses that are written in one go. */
const BLOCK = 100;

const encoder = new TextEncoder();
/** Takes what nothing reads. */
const scratch = new Uint8Array(256 * 1024);

const TABLES = {
  exporter: {
    key: "k/exporter",
    title: "(k) An exporter among 1,000, at 100,000 responses a second",
    unit: "% of a core",
  },
  server: {
    key: "k/server",
    title: "(k) Processor time of the server for a response, 1,000 exporters",
    unit: "µs",
  },
} as const;

const WAYS = {
  "one channel for all": () => undefined,
  "a namespace for each": (exporter: number) => `run-${exporter}`,
} as const;

/** The namespace of an exporter, by its number. */
type Naming = (exporter: number) => string | undefined;

export async function crowd(bench: Bench): Promise<void> {
  const { repeats, quick, results } = bench;
  for (let repeat = 1; repeat <= repeats; repeat++) {
    for (const [way, naming] of Object.entries(WAYS)) {
      bench.note(`(k) a crowd, ${way}, repeat ${repeat}/${repeats}`);
      const exporter = await exporterShare(naming, quick);
      results.add(TABLES.exporter, way, { value: exporter });
      const server = await serverTime(naming, quick);
      results.add(TABLES.server, way, { value: server });
    }
  }
}

/** What of a core an exporter takes at {@linkcode RATE} that waits for its own responders. */
async function exporterShare(naming: Naming, quick: boolean): Promise<number> {
  await using server = await startServer();
  await using worker = new Worker("ours");
  const namespace = naming(0);
  await worker.tell("exporter", {
    port: server.port,
    events: [STATE],
    expected: Array.from({ length: RESPONDERS }, responderId),
    ...(namespace === undefined ? {} : { namespace }),
  });
  await worker.tell("startExchanges", { events: [STATE] });
  const { pid } = worker.process;
  const blocks = blocksOf(responses(naming, EXPORTERS));
  // V8 compiles in the first seconds.
  await publishAtRate(server.port, blocks, quick ? 50 : 3_000);
  const before = cpuTime(pid);
  const count = await publishAtRate(server.port, blocks, quick ? 50 : 5_000);
  // On a busy machine it may be fewer in that time: each costs the same.
  return (cpuTime(pid) - before) / count * RATE / 1_000 * 100;
}

/** Microseconds that the server takes for a response while every exporter is subscribed. */
async function serverTime(naming: Naming, quick: boolean): Promise<number> {
  const exporters = quick ? 20 : EXPORTERS;
  await using server = await startServer();
  using subscribers = new DisposableStack();
  for (let n = 0; n < exporters; n++) {
    const { hostname, port } = server;
    const conn = subscribers.use(await Deno.connect({ hostname, port }));
    const { responses } = channelsOf(naming(n));
    await conn.write(encoder.encode(command(["SUBSCRIBE", responses])));
    drain(conn);
  }
  const sent = responses(naming, exporters);
  // So that the server delivers for about a second either way.
  const receivers = naming(0) === undefined ? exporters : 1;
  const count = (quick ? 2_000 : 1_000_000) / receivers;
  const blocks = blocksOf(sent);
  const pid = Number(
    /process_id:(\d+)/.exec(await server.cli("INFO", "server"))![1],
  );
  const before = cpuTime(pid);
  using publisher = await Publisher.connect(server.port);
  for (let n = 0; n < count / BLOCK; n++) {
    await publisher.publish(blocks[n % blocks.length]!);
  }
  return (cpuTime(pid) - before) / count * 1_000;
}

/** The commands by which the responders of all exporters but the first respond, in turn. */
function responses(naming: Naming, exporters: number): string[] {
  const runs = Array.from({ length: exporters }, (_, n) => {
    const { responses } = channelsOf(naming(n));
    return { publisherId: publisherId(), channel: responses };
  });
  const others = runs.slice(1);
  return Array.from(
    { length: RESPONDERS },
    () =>
      others.map(({ publisherId, channel }) => {
        const payload = new ResponseEncoder(responderId()).encode({
          publisherId,
          event: STATE,
          ras: 1,
          extension: { inc: newIncarnation(), id: "1" },
        });
        return command(["PUBLISH", channel, payload]);
      }),
  ).flat();
}

function blocksOf(commands: readonly string[]): Uint8Array[] {
  const count = Math.floor(commands.length / BLOCK);
  return Array.from({ length: count }, (_, n) => {
    const some = commands.slice(n * BLOCK, (n + 1) * BLOCK);
    return encoder.encode(some.join(""));
  });
}

/** Publishes blocks for so many milliseconds, at the rate or what of it the machine can do; returns how many responses. */
async function publishAtRate(
  port: number,
  blocks: readonly Uint8Array[],
  ms: number,
): Promise<number> {
  using publisher = await Publisher.connect(port);
  const since = performance.now();
  const elapsed = () => performance.now() - since;
  let sent = 0;
  while (elapsed() < ms) {
    await publisher.publish(blocks[sent++ % blocks.length]!);
    if (sent * BLOCK > elapsed() / 1_000 * RATE) await sleep(1);
  }
  return sent * BLOCK;
}

/** Publishes blocks of commands, one after the other, each when the one before is confirmed. */
class Publisher implements Disposable {
  readonly #conn: Deno.Conn;
  readonly #replies = new Uint8Array(64 * 1024);

  private constructor(conn: Deno.Conn) {
    this.#conn = conn;
  }

  static async connect(port: number): Promise<Publisher> {
    return new Publisher(await Deno.connect({ hostname: "127.0.0.1", port }));
  }

  async publish(block: Uint8Array): Promise<void> {
    for (let rest = block; rest.length > 0;) {
      rest = rest.subarray(await this.#conn.write(rest));
    }
    for (let left = BLOCK; left > 0;) {
      const read = await this.#conn.read(this.#replies);
      if (read === null) throw new Error("The server closed the connection");
      for (let n = 0; n < read; n++) if (this.#replies[n] === 10) left--;
    }
  }

  [Symbol.dispose](): void {
    this.#conn.close();
  }
}

/** Reads until the connection is closed. */
async function drain(conn: Deno.Conn): Promise<void> {
  try {
    while (await conn.read(scratch) !== null);
  } catch {
    // It is closed.
  }
}

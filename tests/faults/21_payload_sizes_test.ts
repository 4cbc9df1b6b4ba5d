import { type Signal, SignalExporter, SignalResponder } from "../../mod.ts";
import { Broker } from "../../src/broker/mod.ts";
import { SIGNAL_CHANNEL } from "../../src/protocol/channels.ts";
import { RedisClient, RedisReplyError } from "../../src/redis/mod.ts";
import { needsRedis } from "../support/redis_binary.ts";
import { RedisServer } from "../support/redis_server.ts";
import { eventOf, within } from "../support/wait.ts";
import { scenario } from "./scenario.ts";
import { signalText } from "./traffic.ts";

const KIB = 1024;
const MIB = 1024 * KIB;
const CAP = 64 * MIB;

/** One attempt; resolves with whether the promise held. */
type Trial = (stage: Stage) => Promise<boolean>;

const TRIALS: readonly Trial[] = [
  ...[KIB, 64 * KIB, MIB, 16 * MIB, CAP].map(arrives),
  refusesToSend(CAP + 1),
  passesOver(CAP + 1),
  refusesToSendMetadata,
  brokerRefuses(17 * MIB),
];

scenario(
  21,
  "payloads up to the cap arrive whole, a larger one is a clear error in both directions, and every connection survives",
  { needs: needsRedis("[fault 21] is") },
  async (report) => {
    await using stage = await Stage.open();
    let held = 0;
    const startedAt = performance.now();
    for (const trial of TRIALS) {
      const before = await stage.connections();
      const isRight = await trial(stage) && await stage.isInOrder();
      if (isRight && await stage.connections() === before) held++;
      else console.error(`Trial ${TRIALS.indexOf(trial)} did not hold`);
    }
    const seconds = (performance.now() - startedAt) / 1_000;
    report({
      tried: TRIALS.length,
      held,
      figure: `1 KiB to 64 MiB whole, beyond refused, ${
        seconds.toFixed(1)
      } s in all`,
    });
  },
);

/** A server, an exporter, a responder, and a publisher without a cap. */
class Stage implements AsyncDisposable {
  readonly server: RedisServer;
  readonly client: RedisClient;
  readonly unbounded: RedisClient;
  readonly exporter: SignalExporter;
  readonly responder: SignalResponder;
  readonly #cast: AsyncDisposableStack;
  readonly #signals: AsyncIterator<Signal, undefined>;
  #sample = 0;

  static async open(): Promise<Stage> {
    await using opened = new AsyncDisposableStack();
    // The server's default output limit of a subscriber is 32 MiB.
    const server = opened.use(
      await RedisServer.start({
        args: ["--client-output-buffer-limit", "pubsub", "0", "0", "0"],
      }),
    );
    const capped = { url: server.url, maxPayload: CAP };
    return new Stage(
      server,
      opened.use(await RedisClient.connect(capped)),
      opened.use(
        await RedisClient.connect({ url: server.url, maxPayload: 512 * MIB }),
      ),
      opened.use(
        await SignalExporter.connect("fio", {
          redis: capped,
          logLevel: "CRITICAL",
        }),
      ),
      opened.use(
        await SignalResponder.connect({ redis: capped, logLevel: "CRITICAL" }),
      ),
      opened.move(),
    );
  }

  private constructor(
    server: RedisServer,
    client: RedisClient,
    unbounded: RedisClient,
    exporter: SignalExporter,
    responder: SignalResponder,
    cast: AsyncDisposableStack,
  ) {
    this.server = server;
    this.client = client;
    this.unbounded = unbounded;
    this.exporter = exporter;
    this.responder = responder;
    this.#cast = cast;
    this.#signals = responder.listen();
  }

  /** The ids of all connections except those of the harness. */
  async connections(): Promise<string> {
    const list = await this.server.cli("CLIENT", "LIST");
    return list.split("\n").filter((line) => !line.includes("flags=U"))
      .map((line) => /^id=\d+/.exec(line)?.[0]).sort().join();
  }

  /** The next signal that the responder gets. */
  async next(): Promise<Signal> {
    const { value } = await within(this.#signals.next(), { what: "a signal" });
    return value!;
  }

  /** Whether a signal arrives as the next one. */
  async isInOrder(): Promise<boolean> {
    const sample = ++this.#sample;
    await this.exporter.publishSignal("state", { sample });
    return (await this.next()).sampleNo === sample;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#cast.disposeAsync();
  }
}

function arrives(size: number): Trial {
  return async (stage) => {
    const head = signalText(1, 1).length - 1;
    await stage.client.publish(SIGNAL_CHANNEL, signalText(1, size - head));
    const { metadata } = await stage.next();
    return (metadata?.filling as string).length === size - head;
  };
}

function refusesToSend(size: number): Trial {
  return async ({ client }) => {
    const error = await errorOf(
      client.publish(SIGNAL_CHANNEL, "x".repeat(size)),
    );
    return error instanceof RangeError &&
      error.message.includes(`at most ${CAP} bytes: it has ${size}`);
  };
}

async function refusesToSendMetadata({ exporter }: Stage): Promise<boolean> {
  const metadata = { filling: "x".repeat(CAP) };
  const error = await errorOf(exporter.publishSignal("state", { metadata }));
  return error instanceof RangeError;
}

function passesOver(size: number): Trial {
  return async ({ unbounded, responder }) => {
    const malformed = eventOf<CustomEvent<{ reason: string }>>(
      responder,
      "malformed",
    );
    const before = responder.counts.malformed;
    await unbounded.publish(SIGNAL_CHANNEL, "x".repeat(size));
    const { detail } = await malformed;
    return detail.reason.includes(`${size} bytes are over the limit`) &&
      responder.counts.malformed === before + 1;
  };
}

/** The embedded broker has a cap of its own. */
function brokerRefuses(size: number): Trial {
  return async () => {
    await using broker = Broker.listen();
    await using client = await RedisClient.connect({
      url: broker.url,
      maxPayload: CAP,
    });
    const error = await errorOf(client.publish("any", "x".repeat(size)));
    await client.publish("any", "x");
    return error instanceof RedisReplyError &&
      error.message.includes(`${size} bytes are over the limit`) &&
      broker.stats.accepted === 1;
  };
}

async function errorOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
    return undefined;
  } catch (error) {
    return error;
  }
}

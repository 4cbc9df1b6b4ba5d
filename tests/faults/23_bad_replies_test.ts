import { RedisClient, RedisConnectionError } from "../../src/redis/mod.ts";
import { RedisProtocolError } from "../../src/link/errors.ts";
import type { RedisOptions } from "../../src/redis/mod.ts";
import type { LinkChange } from "../../src/transport/transport.ts";
import { type FakePeer, FakeServer } from "../support/fake_server.ts";
import { heldBytes } from "../support/memory.ts";
import { until, within } from "../support/wait.ts";
import { scenario } from "./scenario.ts";

const MIB = 1024 * 1024;
const MAX_GROWTH = 1 * MIB;
const IN_FLIGHT = 3;
const CONFIRMED = ">3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n";
const ALIVE = ">3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$5\r\nalive\r\n";

/** Bytes that no server may send. */
const FORBIDDEN: readonly string[] = [
  "*4294967295\r\n",
  "$4000000000\r\n",
  "*-2\r\n",
  "$-2\r\n",
  "$abc\r\n",
  "$?\r\n",
  ":\r\n",
  "$3\r\nabcd\r\n",
  "*1\r\n".repeat(100_000),
  "%1\r\n+key\r\n".repeat(100_000),
  "|1\r\n+key\r\n+value\r\n",
  "@",
  "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n",
  "\x15\x03\x01\x00\x02\x02\x46",
  "x".repeat(1 * MIB),
  "+" + "x".repeat(1 * MIB),
];

/** Beginnings of valid replies whose rest never arrives. */
const UNFINISHED: readonly string[] = [
  "$500000000\r\nabc",
  "$50000000\r\nabc",
  "*1000000\r\n".repeat(16),
];

const OPTIONS: RedisOptions = {
  commandTimeout: 100,
  pingInterval: 100,
  pingTimeout: 100,
  minBackoff: 5,
};

const encoder = new TextEncoder();

/** Sends bytes to a client; resolves with whether the client reacted as promised. */
type Trial = (said: string, measure: () => void) => Promise<boolean>;

const TRIALS: readonly [trial: Trial, said: readonly string[]][] = [
  [asReply("protocol error"), FORBIDDEN],
  [asReply("silence"), UNFINISHED],
  [afterReplies, ["+OK\r\n", ":1\r\n", "$-1\r\n"]],
  [asMessage("protocol error"), [...FORBIDDEN, "+OK\r\n", ":1\r\n", "*0\r\n"]],
  [asMessage("silence"), UNFINISHED],
];

scenario(
  23,
  "bytes that are not RESP end the connection: commands in flight are rejected, the link is remade, and memory does not grow",
  {},
  async (report) => {
    await asReply("protocol error")("@", () => {}); // warms up
    let tried = 0;
    let held = 0;
    let hangs = 0;
    let maxGrowth = 0;
    for (const [trial, all] of TRIALS) {
      for (const said of all) {
        tried++;
        encoder.encode(said); // flattens the repeated text
        const before = heldBytes();
        let growth = 0;
        const measure = () => {
          growth = Math.max(growth, heldBytes() - before);
        };
        try {
          const isRight = await within(trial(said, measure), {
            what: JSON.stringify(said.slice(0, 40)),
          });
          if (isRight && growth < MAX_GROWTH) held++;
          else console.error(`${JSON.stringify(said.slice(0, 40))}: ${growth}`);
        } catch (error) {
          hangs++;
          console.error(error);
        }
        maxGrowth = Math.max(maxGrowth, growth);
      }
    }
    report({
      tried,
      held,
      figure: `${hangs} hangs, memory grew by ${
        (maxGrowth / 1024).toFixed(0)
      } KiB at most`,
    });
  },
);

/** Sends the bytes in place of the replies to commands in flight. */
function asReply(end: "protocol error" | "silence"): Trial {
  return async (said, measure) => {
    const spoken = Promise.withResolvers<void>();
    await using server = FakeServer.listen(
      async (peer) => {
        await peer.greet();
        for (let i = 0; i < IN_FLIGHT; i++) await peer.next();
        await say(peer, said);
        spoken.resolve();
        await untilGone(peer);
      },
      answerPublishes,
    );
    await using client = await connect(server);
    const sent = Array.from(
      { length: IN_FLIGHT },
      () => client.publish("c", "p"),
    );
    const settled = Promise.allSettled(sent);
    if (end === "silence") {
      await new Promise((resolve) => setTimeout(resolve, 50));
      measure();
    }
    const outcomes = await settled;
    await spoken.promise;
    measure();
    const areRejected = outcomes.every((outcome) =>
      outcome.status === "rejected" && isRejection(outcome.reason, end)
    );
    return areRejected && await client.publish("c", "p") === 1;
  };
}

/** Sends the bytes when every command has its reply. */
async function afterReplies(
  said: string,
  measure: () => void,
): Promise<boolean> {
  await using server = FakeServer.listen(
    async (peer) => {
      await peer.greet();
      await peer.next();
      await say(peer, `:1\r\n${said}`);
      await untilGone(peer);
    },
    answerPublishes,
  );
  await using client = await connect(server);
  const first = await client.publish("c", "p");
  await until(() => server.connections === 2, { what: "the next connection" });
  measure();
  return first === 1 && await client.publish("c", "p") === 1;
}

/** Sends the bytes on the subscribing connection. */
function asMessage(end: "protocol error" | "silence"): Trial {
  return async (said, measure) => {
    const spoken = Promise.withResolvers<void>();
    await using server = FakeServer.listen(
      answerPublishes,
      async (peer) => {
        await confirmSubscription(peer);
        await say(peer, said);
        spoken.resolve();
        await untilGone(peer);
      },
      async (peer) => {
        await confirmSubscription(peer);
        await peer.reply(ALIVE);
        await untilGone(peer);
      },
    );
    await using client = await connect(server);
    const changes: LinkChange[] = [];
    const message = Promise.withResolvers<string>();
    await client.subscribe(["c"], {
      message: message.resolve,
      link: (change) => changes.push(change),
    });
    if (end === "silence") {
      await new Promise((resolve) => setTimeout(resolve, 50));
      measure();
    }
    const payload = await message.promise;
    await until(() => changes.length >= 2, { what: "the link to be back" });
    await spoken.promise;
    measure();
    const [down, up] = changes;
    return payload === "alive" && up?.state === "up" &&
      down?.state === "down" &&
      down.cause instanceof RedisProtocolError === (end === "protocol error");
  };
}

function connect(server: FakeServer): Promise<RedisClient> {
  return RedisClient.connect({ ...OPTIONS, url: server.url });
}

async function answerPublishes(peer: FakePeer): Promise<void> {
  await peer.greet();
  for (;;) {
    const command = await peer.next();
    if (command === undefined) return;
    await peer.reply(command[0] === "PUBLISH" ? ":1\r\n" : "+PONG\r\n");
  }
}

async function confirmSubscription(peer: FakePeer): Promise<void> {
  await peer.greet();
  await peer.expect("SUBSCRIBE", "c");
  await peer.reply(CONFIRMED);
}

/** Sends bytes; the client may hang up before it has read all of them. */
async function say(peer: FakePeer, said: string): Promise<void> {
  try {
    await peer.reply(said);
  } catch (error) {
    if (
      !(error instanceof Deno.errors.BrokenPipe ||
        error instanceof Deno.errors.ConnectionReset)
    ) throw error;
  }
}

/** Waits until the client hangs up; the client may send PING before. */
async function untilGone(peer: FakePeer): Promise<void> {
  while (await peer.next() !== undefined);
}

function isRejection(
  reason: unknown,
  end: "protocol error" | "silence",
): boolean {
  return reason instanceof RedisConnectionError &&
    reason.outcome === "unknown" &&
    reason.cause instanceof RedisProtocolError === (end === "protocol error");
}

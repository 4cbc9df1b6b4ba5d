/**
 * Streams that arrive in pieces.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { Connection } from "../../src/redis/connection/connection.ts";
import { RedisClient } from "../../src/redis/mod.ts";
import { resolveOptions, serverSettings } from "../../src/redis/settings.ts";
import { FakeWire } from "../support/fake_wire.ts";
import { FaultProxy } from "../support/fault_proxy.ts";
import { needsRedis } from "../support/redis_binary.ts";
import { RedisServer } from "../support/redis_server.ts";
import { until } from "../support/wait.ts";
import { scenario } from "./scenario.ts";
import { Tally } from "./tally.ts";

const CHANNELS = ["ä channel", "another"];

/** Messages, each with its channel. */
const MESSAGES: readonly (readonly [channel: string, payload: string])[] = [
  ["ä channel", "message"],
  ["another", ""],
  ["ä channel", "\r\n$-1\r\n>3\r\n"],
  ["another", "snow ☃, clef 𝄞, é"],
  // Long ASCII payloads, of which several are read from one piece of text.
  ["ä channel", "x".repeat(70)],
  ["another", "y".repeat(80)],
  ["another", "z".repeat(90)],
  ["ä channel", "0123456789".repeat(7)],
];
const EXPECTED = MESSAGES.map(([channel, payload]) => `${channel}: ${payload}`);

scenario(
  8,
  "a stream in chunks of one byte or split at any byte gives the same events",
  { needs: needsRedis("Streams in pieces are") },
  async (report) => {
    const tally = new Tally();
    const sizes: number[] = [];
    await using server = await RedisServer.start();
    for (const protocol of [2, 3] as const) {
      let stream: Uint8Array = new Uint8Array();
      await tally.try(`RESP${protocol} by the byte`, async () => {
        stream = await recordByTheByte(server, protocol);
      });
      sizes.push(stream.length);
      const whole = await eventsOf(protocol, [stream]);
      await tally.try(`RESP${protocol} whole`, () => {
        assertEquals(whole.messages, EXPECTED);
      });
      for (let split = 0; split <= stream.length; split++) {
        await tally.try(`RESP${protocol} split at byte ${split}`, async () => {
          const pieces = [stream.slice(0, split), stream.slice(split)];
          assertEquals(await eventsOf(protocol, pieces), whole);
        });
      }
    }
    report(tally.findings(`every split of ${sizes.join(" and ")} bytes`));
  },
);

/** Resolves with the bytes that the server sent to the subscriber. */
async function recordByTheByte(
  { port }: RedisServer,
  protocol: 2 | 3,
): Promise<Uint8Array> {
  await using proxy = await FaultProxy.start({ port, record: true });
  proxy.chunk(1);
  await using client = await RedisClient.connect({ url: proxy.url, protocol });
  const heard: string[] = [];
  await client.subscribe(CHANNELS, {
    message: (payload, channel) => void heard.push(`${channel}: ${payload}`),
  });
  for (const [channel, payload] of MESSAGES) {
    assertEquals(await client.publish(channel, payload), 1);
  }
  await until(() => heard.length >= MESSAGES.length, { what: "the messages" });
  assertEquals(heard, EXPECTED);
  return proxy.recordings[1]!.bytes("toClient");
}

interface Events {
  readonly replies: string[];
  readonly messages: string[];
}

/** The events of a subscribing connection that reads a stream piece by piece. */
async function eventsOf(
  protocol: 2 | 3,
  pieces: readonly Uint8Array[],
): Promise<Events> {
  const messages: string[] = [];
  const wire = new FakeWire();
  const settings = resolveOptions({});
  const connection = new Connection(
    wire,
    serverSettings(settings, settings.endpoints[0]!),
    {
      message: (channel, payload) => messages.push(`${channel}: ${payload}`),
      unreadable: () => {},
    },
  );
  // The commands of the recorded client.
  const replies = [protocol === 3 ? "HELLO" : "ROLE", "PING"].map((name) =>
    connection.send([name])
  );
  const subscribed = connection.subscribe(CHANNELS);
  for (const piece of pieces) if (piece.length > 0) wire.receive(piece);
  wire.end();
  await subscribed;
  await connection.lost;
  return {
    replies: (await Promise.all(replies)).map((reply) => Deno.inspect(reply)),
    messages,
  };
}

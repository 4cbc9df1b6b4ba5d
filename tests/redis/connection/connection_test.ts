import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import type { MessageSink, Probe } from "../../../src/link/connection.ts";
import { Connection } from "../../../src/redis/connection/connection.ts";
import {
  RedisConnectionError,
  RedisProtocolError,
  RedisReplyError,
} from "../../../src/link/errors.ts";
import type { RedisOptions } from "../../../src/redis/options.ts";
import { resolveOptions, serverSettings } from "../../../src/redis/settings.ts";
import { command } from "../../../src/resp/encode.ts";
import { Unreadable } from "../../../src/resp/reply.ts";
import { FakeTime } from "../../support/fake_time.ts";
import { FakeWire } from "../../support/fake_wire.ts";
import { within } from "../../support/wait.ts";

interface Opened {
  wire: FakeWire;
  connection: Connection;
}

/** Takes all that comes. */
const ANYTHING: MessageSink = { message: () => {}, unreadable: () => {} };

const CLOSED = new RedisConnectionError("The test is over");

function open(options: RedisOptions = {}, sink?: MessageSink): Opened {
  const wire = new FakeWire();
  const settings = resolveOptions({ hostname: "fake", ...options });
  const [endpoint] = settings.endpoints;
  const connection = new Connection(
    wire,
    serverSettings(settings, endpoint!),
    sink,
  );
  return { wire, connection };
}

/** Lets everything happen that waits for nothing. */
function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

/** The error that a promise rejects with, which must be a connection error. */
async function errorOf(
  promise: Promise<unknown>,
): Promise<RedisConnectionError> {
  return await assertRejects(() => promise, RedisConnectionError);
}

function causeOf(connection: Connection): Promise<Error> {
  return within(connection.lost, { what: "the connection to end" });
}

function publish(
  connection: Connection,
  channel: string,
  payload: string,
): Promise<unknown> {
  return new Promise((take, reject) => {
    const what = () => "publish";
    connection.publish(channel, payload, { what, take, reject });
  });
}

/** A question that is always due. */
function asking(ask: () => void): Probe {
  return { ask, answeredAt: () => -Infinity };
}

Deno.test("many commands sent in one turn are one write", async () => {
  await turn(); // Deno loads its timers with the first one, and runs microtasks then
  const { wire, connection } = open();
  const texts = Array.from({ length: 100 }, (_, n) => String(n));
  const replies = texts.map((text) => connection.send(["ECHO", text]));
  await turn();
  assertEquals(wire.writes, [
    texts.map((text) => command(["ECHO", text])).join(""),
  ]);
  wire.receive(texts.map((text) => `+${text}\r\n`).join(""));
  assertEquals(await Promise.all(replies), texts);
  connection.close(CLOSED);
});

Deno.test("what is sent during a write is one write after it", async () => {
  const { wire, connection } = open();
  const held = wire.hold();
  const first = connection.send(["A"]);
  await turn();
  const others = [connection.send(["B"]), connection.send(["C"])];
  await turn();
  assertEquals(wire.writes.length, 1);
  held.release();
  await turn();
  assertEquals(wire.writes.slice(1), [command(["B"]) + command(["C"])]);
  wire.receive("+a\r\n+b\r\n+c\r\n");
  assertEquals(await Promise.all([first, ...others]), ["a", "b", "c"]);
  connection.close(CLOSED);
});

Deno.test("what one write does not take is written by the next", async () => {
  const { wire, connection } = open();
  wire.writeLimit = 7;
  const reply = connection.send(["ECHO", "x".repeat(20)]);
  await turn();
  assertEquals(wire.writes.join(""), command(["ECHO", "x".repeat(20)]));
  assert(wire.writes.every((part) => part.length <= 7));
  wire.receive("+x\r\n");
  assertEquals(await reply, "x");
  connection.close(CLOSED);
});

Deno.test("a push before a reply does not become the reply", async () => {
  const { wire, connection } = open();
  const reply = connection.send(["PUBLISH", "a", "1"]);
  await turn();
  wire.receive(">3\r\n+message\r\n+a\r\n+1\r\n:1\r\n");
  assertEquals(await reply, 1);
  connection.close(CLOSED);
});

Deno.test("a connection with a sink subscribes, and hands messages on", async () => {
  const taken: string[] = [];
  const { wire, connection } = open({}, {
    ...ANYTHING,
    message: (channel, payload) => taken.push(`${channel}: ${payload}`),
  });
  const greeting = connection.send(["HELLO", "3"]);
  await turn();
  wire.receive("+hello\r\n");
  assertEquals(await greeting, "hello");
  const subscribed = connection.subscribe(["a"]);
  await turn();
  assertEquals(wire.writes.at(-1), command(["SUBSCRIBE", "a"]));
  wire.receive(
    ">3\r\n+subscribe\r\n+a\r\n:1\r\n>3\r\n+message\r\n+a\r\n+1\r\n",
  );
  await subscribed;
  assertEquals(taken, ["a: 1"]);
  const left = connection.unsubscribe(["a"]);
  const lost = assertRejects(() => left, Error, "is over");
  connection.close(CLOSED);
  await lost;
  await assertRejects(() => connection.subscribe(["b"]), Error, "is over");
});

Deno.test("an error reply rejects its command; the connection lives on", async () => {
  const { wire, connection } = open();
  const refused = connection.send(["BAD"]);
  const next = connection.send(["PING"]);
  await turn();
  wire.receive("-ERR no\r\n+PONG\r\n");
  const error = await assertRejects(() => refused, RedisReplyError);
  assertEquals(error.message, "Cannot run BAD as the server replied: ERR no");
  assertEquals(await next, "PONG");
  connection.close(CLOSED);
});

Deno.test("a command that can't be encoded disturbs no other", async () => {
  const { wire, connection } = open();
  const before = connection.send(["ECHO", "before"]);
  await assertRejects(() =>
    connection.send(["ECHO", undefined as unknown as string])
  );
  const after = connection.send(["ECHO", "after"]);
  await turn();
  wire.receive("+before\r\n+after\r\n");
  assertEquals(await Promise.all([before, after]), ["before", "after"]);
  connection.close(CLOSED);
});

Deno.test("a value over the limit is unreadable; the connection lives on", async () => {
  const { wire, connection } = open({ maxPayload: 1_024 });
  const replies = [connection.send(["GET", "a"]), connection.send(["PING"])];
  await turn();
  wire.receive(`$1025\r\n${"x".repeat(1025)}\r\n+PONG\r\n`);
  const [value, pong] = await Promise.all(replies);
  assertInstanceOf(value, Unreadable);
  assertEquals(pong, "PONG");
  connection.close(CLOSED);
});

const ENDS: readonly [string, (wire: FakeWire) => void, string][] = [
  ["the server hangs up", (wire) => wire.end(), "the server closed"],
  [
    "reading fails",
    (wire) => wire.fail(new Error("reset by peer")),
    "reading failed: reset by peer",
  ],
];

for (const [what, happen, reason] of ENDS) {
  Deno.test(`when ${what}, the connection has ended and says why`, async () => {
    const { wire, connection } = open();
    assertEquals(connection.cause, undefined);
    happen(wire);
    const cause = await causeOf(connection);
    assertEquals(connection.cause, cause);
    assertStringIncludes(
      cause.message,
      `The connection to redis://fake:6379 ended as ${reason}`,
    );
    assert(wire.closed);
    assertEquals(await errorOf(connection.send(["PING"])), cause);
  });
}

Deno.test("a cut rejects what was written as unknown, what was not as not sent", async () => {
  const { wire, connection } = open();
  wire.hold();
  const written = connection.send(["A"]);
  await turn();
  const waiting = connection.send(["B"]);
  await turn();
  const same = connection.send(["C"]);
  wire.end();
  const [a, b, c] = await Promise.all([written, waiting, same].map(errorOf));
  assertEquals(a!.outcome, "unknown");
  assertStringIncludes(a!.message, "may have been carried out");
  assertEquals([b!.outcome, c!.outcome], ["not-sent", "not-sent"]);
  assertEquals(wire.writes, [command(["A"])]);
});

Deno.test("what an end that does not read has no room for is not sent, and says so", async () => {
  const { wire, connection } = open();
  wire.hold();
  const written = connection.send(["A"]);
  await turn();
  const much = "x".repeat(128 * 1024 * 1024);
  const waiting = publish(connection, "a", much);
  const error = await errorOf(publish(connection, "a", much));
  assertEquals(error.outcome, "not-sent");
  assertStringIncludes(error.message, "Cannot publish as redis://");
  connection.close(CLOSED);
  assertEquals(
    [(await errorOf(written)).outcome, (await errorOf(waiting)).outcome],
    ["unknown", "not-sent"],
  );
});

Deno.test("each message goes to its channel, whatever was published before", async () => {
  const { wire, connection } = open();
  const channels = ["a", "b", "b", "a"];
  const replies = channels.map((name) => publish(connection, name, "x"));
  await turn();
  assertEquals(wire.writes, [
    channels.map((name) => command(["PUBLISH", name, "x"])).join(""),
  ]);
  connection.close(CLOSED);
  await Promise.all(replies.map(errorOf));
});

Deno.test("a batch that was written in part is unknown as a whole", async () => {
  const { wire, connection } = open();
  wire.writeLimit = 5;
  const held = wire.hold();
  const batch = [connection.send(["A"]), connection.send(["B"])];
  await turn();
  const later = connection.send(["C"]);
  held.release(new Error("broken pipe"));
  const errors = await Promise.all([...batch, later].map(errorOf));
  assertEquals(
    errors.map(({ outcome }) => outcome),
    ["unknown", "unknown", "not-sent"],
  );
  assertStringIncludes(errors[0]!.message, "writing failed: broken pipe");
});

Deno.test("when reading and writing both fail, the first to fail is the reason", async () => {
  const { wire, connection } = open();
  const held = wire.hold();
  const reply = connection.send(["A"]);
  await turn();
  wire.fail(new Error("the first"));
  held.release(new Error("the second"));
  assertStringIncludes((await errorOf(reply)).message, "the first");
  assertStringIncludes((await causeOf(connection)).message, "the first");
});

Deno.test("a read that can't even begin ends the connection", async () => {
  const { wire, connection } = open();
  wire.read = () => {
    throw new RangeError("Array buffer allocation failed");
  };
  const first = connection.send(["A"]);
  const second = connection.send(["B"]);
  await turn();
  wire.receive("+A\r\n");
  assertEquals(await first, "A");
  assertEquals((await errorOf(second)).outcome, "unknown");
  assertStringIncludes(
    (await causeOf(connection)).message,
    "reading failed: Array buffer allocation failed",
  );
});

Deno.test("closing rejects what is under way, and is idempotent", async () => {
  const { wire, connection } = open();
  const never = connection.send(["A"]);
  connection.close(CLOSED);
  connection.close(new Error("a second time"));
  assertEquals((await errorOf(never)).outcome, "not-sent");
  assertEquals(await causeOf(connection), CLOSED);
  await turn();
  assertEquals(wire.writes, []);
});

Deno.test("a reply that no command waits for ends the connection", async () => {
  const { wire, connection } = open();
  const reply = connection.send(["A"]);
  await turn();
  wire.receive("+a\r\n+surplus\r\n");
  assertEquals(await reply, "a");
  const cause = await causeOf(connection);
  assertInstanceOf(cause, RedisProtocolError);
  assertStringIncludes(cause.message, "a reply that no command waits for");
});

for (const sink of [undefined, ANYTHING]) {
  Deno.test(`an error before any command is what the server says as it hangs up, with ${sink ? "a" : "no"} sink`, async () => {
    const { wire, connection } = open({}, sink);
    wire.receive("-ERR max number of clients reached\r\n");
    wire.end();
    const cause = await causeOf(connection);
    assert(!(cause instanceof RedisProtocolError));
    assertStringIncludes(cause.message, "max number of clients reached");
  });
}

Deno.test("a reply that no subscriber expects ends the connection", async () => {
  const { wire, connection } = open({}, ANYTHING);
  const greeting = connection.send(["HELLO"]);
  await turn();
  wire.receive("+OK\r\n+anything\r\n");
  await greeting;
  const cause = await causeOf(connection);
  assertInstanceOf(cause, RedisProtocolError);
  assertStringIncludes(cause.message, "it got what no subscriber expects");
});

for (
  const garbage of [
    "HTTP/1.1 400 Bad Request\r\n\r\n",
    "*4294967295\r\n",
    "$4000000000\r\n",
    "$-2\r\n",
    "$abc\r\n",
    "@",
    "*1\r\n".repeat(100_000),
  ]
) {
  Deno.test(`${JSON.stringify(garbage.slice(0, 32))} ends the connection and rejects what is under way`, async () => {
    const { wire, connection } = open();
    const reply = connection.send(["A"]);
    await turn();
    for (let from = 0; from < garbage.length; from += 8_192) {
      wire.receive(garbage.slice(from, from + 8_192));
    }
    const error = await errorOf(reply);
    assertEquals(error.outcome, "unknown");
    assertInstanceOf(error.cause, RedisProtocolError);
    assertInstanceOf(await causeOf(connection), RedisProtocolError);
    assert(wire.closed);
  });
}

Deno.test("a connection on which no command is answered is given up", async () => {
  const { connection } = open({ commandTimeout: 50 });
  const error = await errorOf(connection.send(["A"]));
  assertEquals(error.outcome, "unknown");
  assertStringIncludes(
    error.message,
    "nothing answered a command within 50 ms",
  );
});

Deno.test("a command that is sent after a long silence has the whole time", async () => {
  const { wire, connection } = open({ commandTimeout: 200 });
  const first = connection.send(["A"]);
  await turn();
  wire.receive("+a\r\n");
  await first;
  const started = performance.now();
  await new Promise((resolve) => setTimeout(resolve, 150));
  const error = errorOf(connection.send(["B"]));
  await error;
  // 200 ms after the second command; 200 ms after the first would be 50.
  assert(performance.now() - started >= 340, "given up too early");
});

Deno.test("a link is asked PING again and again, and goes on while it is answered", async () => {
  const { wire, connection } = open({ pingInterval: 10, pingTimeout: 100 });
  connection.watch();
  for (let n = 1; n <= 3; n++) {
    while (wire.writes.length < n) await turn();
    wire.receive(n === 2 ? "-ERR not now\r\n" : "+PONG\r\n");
  }
  assertEquals(wire.writes.slice(0, 3), Array(3).fill(command(["PING"])));
  assertEquals(connection.cause, undefined);
  connection.close(CLOSED);
});

for (const sink of [undefined, ANYTHING]) {
  Deno.test(`a PING finds a mute link${sink ? " that subscribes" : ""}`, async () => {
    const { wire, connection } = open(
      { pingInterval: 40, pingTimeout: 30 },
      sink,
    );
    connection.watch();
    assertStringIncludes(
      (await causeOf(connection)).message,
      "nothing answered a PING or ROLE within 30 ms",
    );
    assertEquals(wire.writes, [command(["PING"])]);
  });
}

Deno.test("another question takes the place of PING, silence or not", async () => {
  const { wire, connection } = open(
    { pingInterval: 40, pingTimeout: 5 },
    ANYTHING,
  );
  let asked = 0;
  const greeting = connection.send(["PING"]);
  wire.receive("+PONG\r\n");
  await greeting;
  wire.writes.length = 0;
  connection.watch(asking(() => asked++));
  while (asked < 3) {
    wire.receive("+PONG\r\n");
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  assertEquals(wire.writes, []);
  assertEquals(connection.cause, undefined);
  connection.close(CLOSED);
});

Deno.test("a question is asked as often as it was said, however long its answer may take", async () => {
  const { wire, connection } = open(
    { pingInterval: 20, pingTimeout: 60_000 },
    ANYTHING,
  );
  let asked = 0;
  const greeting = connection.send(["PING"]);
  wire.receive("+PONG\r\n");
  await greeting;
  wire.writes.length = 0;
  connection.watch(asking(() => asked++));
  while (asked < 3) {
    wire.receive("+PONG\r\n");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  connection.close(CLOSED);
});

Deno.test("another question finds a mute link, too", async () => {
  const { connection } = open({ pingInterval: 10, pingTimeout: 30 });
  connection.watch(asking(() => {}));
  assertStringIncludes(
    (await causeOf(connection)).message,
    "nothing answered a PING or ROLE within 30 ms",
  );
});

Deno.test("a link that is opened between a question and its deadline is not taken for mute", async () => {
  const options = { pingInterval: 200, pingTimeout: 100 };
  const asked = Promise.withResolvers<void>();
  const first = open(options);
  first.connection.watch(asking(() => asked.resolve()));
  const second = open(options, ANYTHING);
  await asked.promise;
  await new Promise((resolve) => setTimeout(resolve, 10));
  second.connection.watch(asking(() => second.wire.receive("+PONG\r\n")));
  await causeOf(first.connection);
  await turn();
  assertEquals(second.connection.cause, undefined);
  second.connection.close(CLOSED);
});

Deno.test("a link that has ended is asked no more, nor one that ended before it was watched", () => {
  using time = new FakeTime();
  const [one, other] = [open(), open()];
  one.connection.watch();
  one.connection.close(CLOSED);
  other.connection.close(CLOSED);
  other.connection.watch();
  assertEquals(time.pending, 0);
});

Deno.test("any bytes answer a PING, be they half of a long message", async () => {
  const { wire, connection } = open(
    { pingInterval: 20, pingTimeout: 60 },
    ANYTHING,
  );
  connection.watch();
  wire.receive("$1000000\r\n");
  for (let n = 0; n < 20; n++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    wire.receive("x");
  }
  assertEquals(connection.cause, undefined);
  connection.close(CLOSED);
});

Deno.test("an event loop that was blocked is no mute link", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { hostname, port } = listener.addr;
  const [peer, wire] = await Promise.all([
    listener.accept(),
    Deno.connect({ hostname, port }),
  ]);
  const settings = resolveOptions({ commandTimeout: 50 });
  const connection = new Connection(
    wire,
    serverSettings(settings, settings.endpoints[0]!),
  );
  const reply = connection.send(["PING"]);
  await peer.read(new Uint8Array(64));
  await peer.write(new TextEncoder().encode("+PONG\r\n"));
  // The answer is in the socket, and by the end of this the deadline is over.
  for (const until = performance.now() + 100; performance.now() < until;);
  assertEquals(await reply, "PONG");
  connection.close(CLOSED);
  peer.close();
  listener.close();
});

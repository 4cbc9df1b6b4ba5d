import { assert, assertEquals, assertRejects } from "@std/assert";
import { FaultProxy, type FaultProxyOptions } from "./fault_proxy.ts";
import { until, within } from "./wait.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A client and the server's end of the same connection, through a proxy. */
class Route implements AsyncDisposable {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #open: Deno.Conn[] = [];
  proxy!: FaultProxy;
  client!: Deno.Conn;
  server!: Deno.Conn;

  static async open(options: Partial<FaultProxyOptions> = {}): Promise<Route> {
    const route = new Route();
    const { port } = route.#listener.addr;
    route.proxy = await FaultProxy.start({ ...options, port });
    await route.connect();
    return route;
  }

  async connect(): Promise<void> {
    const { hostname, port } = this.proxy;
    this.client = await Deno.connect({ hostname, port });
    this.#open.push(this.client);
    this.server = await this.#listener.accept();
    this.#open.push(this.server);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.proxy.stop();
    for (const connection of this.#open) connection.close();
    this.#listener.close();
  }
}

async function send(connection: Deno.Conn, text: string): Promise<void> {
  await connection.write(encoder.encode(text));
}

/** Reads text up to a length or to the end. */
async function receive(
  connection: Deno.Conn,
  length = Infinity,
): Promise<string> {
  const chunk = new Uint8Array(65_536);
  let text = "";
  while (text.length < length) {
    const count = await connection.read(chunk);
    if (count === null) break;
    text += decoder.decode(chunk.subarray(0, count));
  }
  return text;
}

/** Asserts that `receiving` does not settle for a while. */
async function silence(receiving: Promise<string>): Promise<void> {
  await assertRejects(() =>
    within(receiving, { timeout: 100, what: "any byte" })
  );
}

Deno.test("a proxy without faults passes all bytes and ends", async () => {
  await using route = await Route.open({ record: true });
  const { client, server, proxy } = route;
  const long = "x".repeat(1_000_000);
  const [received] = await Promise.all([
    receive(server),
    (async () => {
      for (let sent = 0; sent < long.length;) {
        sent += await client.write(encoder.encode(long.slice(sent)));
      }
      await client.closeWrite();
    })(),
  ]);
  assertEquals(received, long);
  await send(server, "reply");
  await server.closeWrite();
  assertEquals(await receive(client), "reply");
  await until(() => proxy.connections === 0, { what: "the link to end" });
  assertEquals(proxy.recordings.map((each) => each.text("toClient")), [
    "reply",
  ]);
  assertEquals(proxy.recordings[0]?.bytes("toServer").length, 1_000_000);
});

Deno.test("cut() ends both sides of a connection", async () => {
  await using route = await Route.open();
  route.proxy.cut();
  assertEquals(await receive(route.client), "");
  assertEquals(await receive(route.server), "");
});

Deno.test("reset() resets both sides of a connection", async () => {
  await using route = await Route.open();
  route.proxy.reset();
  for (const side of [route.client, route.server]) {
    await assertRejects(() => receive(side), Deno.errors.ConnectionReset);
  }
});

Deno.test("a reset of one side resets the other side", async () => {
  await using route = await Route.open();
  await using beyond = await FaultProxy.start({ port: route.proxy.port });
  const { hostname, port } = beyond;
  using client = await Deno.connect({ hostname, port });
  await until(() => route.proxy.connections === 2, { what: "the chain" });
  route.proxy.reset();
  await assertRejects(() => receive(client), Deno.errors.ConnectionReset);
});

Deno.test("halfClose() ends one direction and leaves the other one open", async () => {
  await using route = await Route.open();
  route.proxy.halfClose("toClient");
  assertEquals(await receive(route.client), "");
  await send(route.client, "still here");
  assertEquals(await receive(route.server, 10), "still here");
  await send(route.server, "into the void");
  await send(route.client, "!");
  assertEquals(await receive(route.server, 1), "!");
});

Deno.test("blackhole() of one direction holds its bytes back until heal()", async () => {
  await using route = await Route.open();
  route.proxy.blackhole("toClient");
  await send(route.client, "ping");
  assertEquals(await receive(route.server, 4), "ping");
  await send(route.server, "pong");
  await route.server.closeWrite();
  const receiving = receive(route.client);
  await silence(receiving);
  await route.proxy.heal();
  assertEquals(await receiving, "pong");
});

Deno.test("blackhole() of both directions holds back the bytes of a new connection, too", async () => {
  await using route = await Route.open();
  route.proxy.blackhole();
  await route.connect();
  await send(route.client, "ping");
  await send(route.server, "pong");
  const receiving = [receive(route.client, 4), receive(route.server, 4)];
  await Promise.all(receiving.map(silence));
  await route.proxy.heal();
  assertEquals(await Promise.all(receiving), ["pong", "ping"]);
});

Deno.test("delay() passes bytes on after the delay", async () => {
  await using route = await Route.open();
  route.proxy.delay(80);
  const before = performance.now();
  await send(route.client, "late");
  assertEquals(await receive(route.server, 4), "late");
  // Timers may be a little early.
  assert(performance.now() - before >= 75);
});

Deno.test("stop() ends a proxy that holds, delays and chunks bytes", async () => {
  await using route = await Route.open();
  route.proxy.delay(60_000);
  await send(route.client, "never");
  await route.connect();
  route.proxy.delay(0);
  route.proxy.chunk(1);
  await send(route.client, "x".repeat(60_000));
  await receive(route.server, 3);
  await route.connect();
  route.proxy.blackhole();
  await send(route.client, "never");
});

Deno.test("chunk(1) passes bytes on one by one", async () => {
  await using route = await Route.open();
  route.proxy.chunk(1);
  await send(route.client, "abcdef");
  const first = new Uint8Array(6);
  assertEquals(await route.server.read(first), 1);
  assertEquals(await receive(route.server, 5), "bcdef");
});

Deno.test("cutAfter() with a text delivers the text and holds back the reply", async () => {
  await using route = await Route.open();
  const cut = route.proxy.cutAfter(
    "toServer",
    (text) => text.includes("PUBLISH"),
  );
  await send(route.client, "PING");
  assertEquals(await receive(route.server, 4), "PING");
  await send(route.client, "PUB");
  await send(route.client, "LISH");
  assertEquals(await receive(route.server), "PUBLISH");
  await send(route.server, "1").catch(() => {});
  await cut;
  assertEquals(await receive(route.client), "");
});

Deno.test("cutAfter() with a number delivers exactly this number of bytes, on one connection", async () => {
  await using route = await Route.open();
  const cut = route.proxy.cutAfter("toClient", 3);
  await send(route.server, "ab");
  await send(route.server, "cdef");
  await cut;
  assertEquals(await receive(route.client), "abc");
  await route.connect();
  await send(route.server, "abcdef");
  assertEquals(await receive(route.client, 6), "abcdef");
});

Deno.test("refuse() refuses new connections until heal()", async () => {
  await using route = await Route.open();
  route.proxy.refuse();
  await assertRejects(() => route.connect(), Deno.errors.ConnectionRefused);
  await send(route.client, "open");
  assertEquals(await receive(route.server, 4), "open");
  await route.proxy.heal();
  await route.connect();
  assertEquals(route.proxy.connections, 2);
  assertEquals(route.proxy.acceptedAt.length, 2);
});

Deno.test("a client is reset when the proxy finds no server", async () => {
  const gone = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  gone.close();
  await using proxy = await FaultProxy.start({ port: gone.addr.port });
  using client = await Deno.connect({
    hostname: "127.0.0.1",
    port: proxy.port,
  });
  await assertRejects(() => receive(client), Deno.errors.ConnectionReset);
});

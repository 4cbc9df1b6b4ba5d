/** Both connections of a client lead to one server of several hosts. */
import { assertEquals } from "@std/assert";
import type { LinkChange } from "../../src/transport/transport.ts";
import { RedisClient } from "../../src/redis/client.ts";
import { type FakePeer, FakeServer } from "../support/fake_server.ts";
import { until } from "../support/wait.ts";

/** A server whose role, and whether it lets a client subscribe, can be changed. */
class Host implements AsyncDisposable {
  role = "master";
  takesSubscribers = true;
  /** The connections that have subscribed, and those that have not. */
  readonly subscribers = new Set<FakePeer>();
  readonly others = new Set<FakePeer>();
  /** How many SUBSCRIBE it has refused. */
  refusals = 0;
  readonly #server = FakeServer.listen(async (peer) => {
    this.others.add(peer);
    for (let words; (words = await peer.next()) !== undefined;) {
      switch (words[0]) {
        case "HELLO":
          await peer.reply(`%1\r\n+role\r\n+${this.role}\r\n`);
          break;
        case "ROLE":
          await peer.reply(`*1\r\n+${this.role}\r\n`);
          break;
        case "SUBSCRIBE":
          if (!this.takesSubscribers) {
            this.refusals++;
            peer.close();
            break;
          }
          this.others.delete(peer);
          this.subscribers.add(peer);
          await peer.reply(">3\r\n+subscribe\r\n+c\r\n:1\r\n");
          break;
        case "UNSUBSCRIBE":
          await peer.reply(">3\r\n+unsubscribe\r\n+c\r\n:0\r\n");
          break;
        default:
          await peer.reply("+PONG\r\n");
      }
    }
    this.others.delete(peer);
    this.subscribers.delete(peer);
  });

  get address(): string {
    return `127.0.0.1:${this.#server.port}`;
  }

  /** Whether just one client is here, with both of its connections. */
  get hasBoth(): boolean {
    return this.subscribers.size === 1 && this.others.size === 1;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#server[Symbol.asyncDispose]();
  }
}

function cut(peers: Set<FakePeer>): void {
  for (const peer of peers) peer.close();
}

/** Connects to the second of two hosts, because the first is a replica, and makes that a master. */
async function connectToSecond(
  hosts: readonly [Host, Host],
  cast: AsyncDisposableStack,
): Promise<{ client: RedisClient; changes: LinkChange[] }> {
  const [first, second] = hosts;
  first.role = "replica";
  const client = cast.use(
    await RedisClient.connect({
      hosts: hosts.map(({ address }) => address),
      minBackoff: 5,
      maxBackoff: 20,
      pingInterval: 600_000, // no other question makes the links move
    }),
  );
  const changes: LinkChange[] = [];
  const subscription = await client.subscribe(["c"], {
    message: () => {},
    link: (change) => changes.push(change),
  });
  cast.defer(() => subscription.close());
  await until(() => second.hasBoth, { what: "both connections" });
  first.role = "master";
  return { client, changes };
}

Deno.test("a connection that comes up at another host brings the other one there", async () => {
  await using first = new Host();
  await using second = new Host();
  await using cast = new AsyncDisposableStack();
  const { changes } = await connectToSecond([first, second], cast);
  cut(second.others);
  await until(() => first.hasBoth, { what: "both at the first host" });
  await until(() => changes.length === 2, { what: "both changes" });
  assertEquals(changes.map(({ state }) => state), ["down", "up"]);
  const [down] = changes;
  assertEquals(down?.state === "down" && down.moved, true);
  // The link that has followed may lead the next time.
  first.role = "replica";
  cut(first.subscribers);
  await until(() => second.hasBoth, { what: "both at the second host" });
});

Deno.test("connections that can't come up at one host do not chase each other", async () => {
  await using first = new Host();
  await using second = new Host();
  await using cast = new AsyncDisposableStack();
  const { client, changes } = await connectToSecond([first, second], cast);
  first.takesSubscribers = false;
  cut(second.others);
  await until(() => first.refusals > 0, { what: "the first refusal" });
  const { connection } = client;
  await until(() => first.refusals > 5, { what: "more refusals" });
  assertEquals(client.connection, connection, "one of them stays");
  assertEquals(changes.map(({ state }) => state), ["down"]);
  first.takesSubscribers = true;
  await until(() => first.hasBoth, { what: "both at the first host" });
  assertEquals(client.connection, connection);
});

/**
 * A Redis master and its replica on loopback, watched over by a real sentinel.
 *
 * @module
 */

import { onFreePort } from "./free_port.ts";
import { Process } from "./process.ts";
import { RawRedis } from "./raw_redis.ts";
import { RedisServer } from "./redis_server.ts";
import { until } from "./wait.ts";

/** Milliseconds after which a silent master counts as dead. */
const DOWN_AFTER = 500;

/** The three running servers; disposing of them kills them. */
export class RedisSentinel implements AsyncDisposable {
  /** The name of the master at the sentinel. */
  readonly name = "mymaster";
  readonly port: number;
  /** The first master. */
  readonly master: RedisServer;
  /** The replica of the first master. */
  readonly replica: RedisServer;
  readonly #cast: AsyncDisposableStack;

  /** Starts all three servers and waits until the sentinel knows the replica. */
  static async start(): Promise<RedisSentinel> {
    await using cast = new AsyncDisposableStack();
    const master = cast.use(await RedisServer.start());
    const replica = cast.use(await RedisServer.start({ replicaOf: master }));
    const port = await onFreePort(async (port) => {
      cast.use(await startSentinel(port, master.port));
      return port;
    });
    await until(
      async () =>
        (await ask(port, "SENTINEL", "REPLICAS", "mymaster")).length > 0,
      { what: "the sentinel to know the replica", timeout: 20_000 },
    );
    return new RedisSentinel(port, master, replica, cast.move());
  }

  private constructor(
    port: number,
    master: RedisServer,
    replica: RedisServer,
    cast: AsyncDisposableStack,
  ) {
    this.port = port;
    this.master = master;
    this.replica = replica;
    this.#cast = cast;
  }

  /** Kills the master and waits until the replica has taken its place. */
  async failOver(): Promise<void> {
    await this.master.kill();
    await until(
      // A sentinel that promotes a server cuts off its clients.
      async () =>
        (await this.replica.cli("ROLE").catch(String)).startsWith("master"),
      { what: "the replica to be promoted", timeout: 20_000 },
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#cast.disposeAsync();
  }
}

/** Starts a sentinel, which writes its findings to its configuration file. */
async function startSentinel(
  port: number,
  masterPort: number,
): Promise<AsyncDisposable> {
  await using cast = new AsyncDisposableStack();
  const directory = await Deno.makeTempDir({ prefix: "sentinel-" });
  cast.defer(() => Deno.remove(directory, { recursive: true }));
  const configuration = `${directory}/sentinel.conf`;
  await Deno.writeTextFile(
    configuration,
    [
      `port ${port}`,
      "bind 127.0.0.1",
      `dir ${directory}`,
      `sentinel monitor mymaster 127.0.0.1 ${masterPort} 1`,
      `sentinel down-after-milliseconds mymaster ${DOWN_AFTER}`,
      "sentinel failover-timeout mymaster 3000",
      "",
    ].join("\n"),
  );
  const process = cast.use(
    new Process(
      new Deno.Command("redis-server", {
        args: [configuration, "--sentinel"],
        stdin: "null",
        stdout: "null",
        stderr: "null",
      }).spawn(),
    ),
  );
  await until(async () => {
    if (process.status) throw new Deno.errors.AddrInUse("It has ended");
    return await ask(port, "PING").catch(() => false);
  }, { what: "the sentinel to answer" });
  return cast.move();
}

async function ask(port: number, ...args: string[]): Promise<string> {
  using connection = await RawRedis.connect({ hostname: "127.0.0.1", port });
  return String(await connection.command(...args));
}

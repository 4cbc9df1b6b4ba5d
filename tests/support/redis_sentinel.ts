/**
 * A Redis master and its replicas on loopback, watched over by real sentinels.
 *
 * @module
 */

import { onFreePort } from "./free_port.ts";
import { Process } from "./process.ts";
import { RawRedis } from "./raw_redis.ts";
import { RedisServer } from "./redis_server.ts";
import { until } from "./wait.ts";

/** Milliseconds after which a silent master is taken to be dead. */
const DOWN_AFTER = 500;

/** How many there are. */
export interface RedisSentinelOptions {
  /** @default {1} */
  sentinels?: number;
  /** @default {1} */
  replicas?: number;
}

/** The running servers and sentinels; disposing of them kills them. */
export class RedisSentinel implements AsyncDisposable {
  /** What the sentinels call the master. */
  readonly name = "mymaster";
  /** The ports of the sentinels. */
  readonly ports: readonly number[];
  /** The first master and its replicas. */
  readonly servers: readonly RedisServer[];
  readonly #cast: AsyncDisposableStack;

  /** Starts all of them and waits until every sentinel knows the others and the replicas. */
  static async start(
    { sentinels = 1, replicas = 1 }: RedisSentinelOptions = {},
  ): Promise<RedisSentinel> {
    await using cast = new AsyncDisposableStack();
    const master = cast.use(await RedisServer.start());
    const servers = [master];
    for (let n = 0; n < replicas; n++) {
      servers.push(
        cast.use(await RedisServer.start({ replicaOf: master })),
      );
    }
    const quorum = Math.floor(sentinels / 2) + 1;
    const ports: number[] = [];
    for (let n = 0; n < sentinels; n++) {
      ports.push(
        await onFreePort(async (port) => {
          cast.use(await startSentinel(port, master.port, quorum));
          return port;
        }),
      );
    }
    for (const port of ports) {
      await until(async () => {
        const told = await ask(port, "SENTINEL", "MASTER", "mymaster");
        return told.includes(`num-slaves,${replicas}`) &&
          told.includes(`num-other-sentinels,${sentinels - 1}`);
      }, { what: "the sentinels to know each other", timeout: 30_000 });
    }
    return new RedisSentinel(ports, servers, cast.move());
  }

  private constructor(
    ports: readonly number[],
    servers: readonly RedisServer[],
    cast: AsyncDisposableStack,
  ) {
    this.ports = ports;
    this.servers = servers;
    this.#cast = cast;
  }

  /** The port of the first sentinel. */
  get port(): number {
    return this.ports[0]!;
  }

  /** The master that they began with. */
  get master(): RedisServer {
    return this.servers[0]!;
  }

  /** Its first replica. */
  get replica(): RedisServer {
    return this.servers[1]!;
  }

  /** The server that the sentinels call the master now. */
  async currentMaster(): Promise<RedisServer> {
    const address = await this.ask("GET-MASTER-ADDR-BY-NAME", this.name);
    const port = Number(address.split(",")[1]);
    return this.servers.find((server) => server.port === port)!;
  }

  /** Asks the first sentinel. */
  ask(...args: string[]): Promise<string> {
    return ask(this.port, "SENTINEL", ...args);
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

/** A sentinel writes what it learns to its configuration. */
async function startSentinel(
  port: number,
  masterPort: number,
  quorum: number,
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
      `sentinel monitor mymaster 127.0.0.1 ${masterPort} ${quorum}`,
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

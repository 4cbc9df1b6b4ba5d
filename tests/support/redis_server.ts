/**
 * A real `redis-server` on loopback.
 *
 * @module
 */

import { type Certificate, certificates } from "./certificates.ts";
import { onFreePort } from "./free_port.ts";
import { Process } from "./process.ts";
import { RawRedis, RawRedisError, type RawReply } from "./raw_redis.ts";
import { until } from "./wait.ts";

/**
 * The user of the harness, beside the users that a test gives the server. Equal on
 * all servers, so that they can replicate each other.
 */
const HARNESS = { username: "test-harness", password: "test-harness" };

/** The options of a server. */
export interface RedisServerOptions {
  /** @default {a free one} */
  port?: number;
  /** The password of the default user. */
  password?: string;
  /** Users, as lines of the server's ACL; see `redis_acl.ts`. */
  acl?: readonly string[];
  /** TLS instead of plain TCP, with the certificates of `certificates.ts`. */
  tls?: boolean | TlsServerOptions;
  /** The master of which this server is a replica. */
  replicaOf?: RedisServer;
  /** The master that this server watches as a sentinel, under the name `signals`. */
  sentinelOf?: RedisServer;
  /** Allows `DEBUG`, such as `DEBUG SLEEP`. */
  enableDebugCommand?: boolean;
  /** Further arguments, such as `["--maxclients", "10"]`. */
  args?: readonly string[];
}

/** The certificates of a TLS server. */
export interface TlsServerOptions {
  /** @default {`server` of `certificates.ts`} */
  certificate?: Certificate;
  /** Whether clients need a certificate. */
  clientCertificates?: boolean;
}

/** A running server; disposing of it kills it and removes its files. */
export class RedisServer implements AsyncDisposable {
  readonly hostname = "127.0.0.1";
  readonly port: number;
  readonly #options: RedisServerOptions;
  readonly #directory: string;
  #process: Process | undefined;

  /** Starts a server and waits until it answers. */
  static async start(options: RedisServerOptions = {}): Promise<RedisServer> {
    return options.port === undefined
      ? await onFreePort((port) => RedisServer.#startOn(port, options))
      : await RedisServer.#startOn(options.port, options);
  }

  static async #startOn(
    port: number,
    options: RedisServerOptions,
  ): Promise<RedisServer> {
    const server = new RedisServer(port, options);
    try {
      await server.#launch("ready");
      return server;
    } catch (error) {
      await server.stop();
      throw error;
    }
  }

  private constructor(port: number, options: RedisServerOptions) {
    this.port = port;
    this.#options = options;
    this.#directory = Deno.makeTempDirSync({ prefix: "redis-" });
  }

  /** The URL for the default user over TCP. */
  get url(): string {
    return this.#url("", this.#options.password);
  }

  /** The URL for a user of the ACL over TCP. */
  urlAs(username: string, password: string): string {
    return this.#url(username, password);
  }

  /** The path of the Unix socket, which every server has. */
  get unixSocket(): string {
    return `${this.#directory}/redis.sock`;
  }

  /** The log of the server. */
  get log(): string {
    try {
      return Deno.readTextFileSync(`${this.#directory}/log`);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return "";
      throw error;
    }
  }

  /** Runs a command as an administrator; a nested reply has one item on each line. */
  async cli(...args: readonly string[]): Promise<string> {
    using connection = await this.connect();
    return asText(await connection.command(...args));
  }

  /** A raw connection of an administrator, by the Unix socket. */
  async connect(): Promise<RawRedis> {
    const connection = await RawRedis.connect({
      transport: "unix",
      path: this.unixSocket,
    });
    try {
      await connection.command("AUTH", HARNESS.username, HARNESS.password);
    } catch (error) {
      connection[Symbol.dispose]();
      throw error;
    }
    return connection;
  }

  /** Sends a signal and waits until the server has ended. */
  async kill(signal: Deno.Signal = "SIGKILL"): Promise<void> {
    await this.#process?.kill(signal);
  }

  /** Suspends the server: connecting still succeeds, but no reply arrives. */
  suspend(): void {
    this.#process?.suspend();
  }

  resume(): void {
    this.#process?.resume();
  }

  /**
   * Restarts the server on the same port, and kills it before if it runs.
   *
   * @param wait `"ready"` waits until the server executes commands, `"listening"`
   * until it replies at all, even with LOADING.
   */
  async restart(wait: "ready" | "listening" = "ready"): Promise<void> {
    await this.kill();
    await this.#launch(wait);
  }

  /** Kills the server and removes its files. Idempotent. */
  async stop(): Promise<void> {
    await this.kill();
    try {
      await Deno.remove(this.#directory, { recursive: true });
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #url(username: string, password: string | undefined): string {
    const scheme = this.#options.tls ? "rediss" : "redis";
    const credentials = password === undefined
      ? ""
      : `${encodeURIComponent(username)}:${encodeURIComponent(password)}@`;
    return `${scheme}://${credentials}${this.hostname}:${this.port}`;
  }

  async #launch(wait: "ready" | "listening"): Promise<void> {
    // The shell sends the output to a file, because a pipe would have to be
    // drained by reads that outlive the test which started a shared server.
    const command = new Deno.Command("sh", {
      args: [
        "-c",
        'exec redis-server "$@" >>"$0" 2>&1',
        `${this.#directory}/log`,
        ...await this.#args(),
      ],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    });
    const process = this.#process = new Process(command.spawn());
    await until(async () => {
      if (process.status) throw this.#startFailure();
      return await this.#answers(wait);
    }, { timeout: 30_000, what: "redis-server to answer" });
  }

  #startFailure(): Error {
    const { log } = this;
    const FailureClass = log.includes("Address already in use")
      ? Deno.errors.AddrInUse
      : Error;
    return new FailureClass(`Cannot start redis-server:\n${log}`);
  }

  async #answers(wait: "ready" | "listening"): Promise<boolean> {
    try {
      return await this.cli("PING") === "PONG";
    } catch (error) {
      return error instanceof RawRedisError && wait === "listening";
    }
  }

  async #args(): Promise<string[]> {
    const {
      password,
      acl = [],
      tls,
      replicaOf,
      sentinelOf,
      enableDebugCommand,
      args = [],
    } = this.#options;
    const users = [
      `${HARNESS.username} on >${HARNESS.password} ~* &* +@all`,
      ...acl,
    ];
    if (sentinelOf !== undefined) {
      return await this.#sentinelArgs(sentinelOf, users, args);
    }
    return [
      ...["--bind", this.hostname, "-::1"],
      ...["--dir", this.#directory, "--unixsocket", this.unixSocket],
      ...["--save", "", "--appendonly", "no", "--daemonize", "no"],
      ...["--repl-diskless-sync-delay", "0"],
      ...["--masteruser", HARNESS.username, "--masterauth", HARNESS.password],
      ...users.flatMap((user) => ["--user", ...user.split(" ")]),
      ...(password === undefined ? [] : ["--requirepass", password]),
      ...(tls
        ? await tlsArgs(this.port, tls === true ? {} : tls)
        : ["--port", String(this.port)]),
      ...(replicaOf
        ? ["--replicaof", replicaOf.hostname, String(replicaOf.port)]
        : []),
      ...(enableDebugCommand ? ["--enable-debug-command", "yes"] : []),
      ...args,
    ];
  }

  /** Writes the configuration file of a sentinel, in which it keeps its findings. */
  async #sentinelArgs(
    { hostname, port }: RedisServer,
    users: readonly string[],
    args: readonly string[],
  ): Promise<string[]> {
    const file = `${this.#directory}/sentinel.conf`;
    await Deno.writeTextFile(
      file,
      [
        `bind ${this.hostname} -::1`,
        `port ${this.port}`,
        `dir ${this.#directory}`,
        `unixsocket ${this.unixSocket}`,
        ...users.map((user) => `user ${user}`),
        `sentinel monitor signals ${hostname} ${port} 2`,
        `sentinel auth-user signals ${HARNESS.username}`,
        `sentinel auth-pass signals ${HARNESS.password}`,
        "",
      ].join("\n"),
    );
    return [file, "--sentinel", ...args];
  }
}

async function tlsArgs(
  port: number,
  { certificate, clientCertificates = false }: TlsServerOptions,
): Promise<string[]> {
  const { authority, server } = await certificates();
  const shown = certificate ?? server;
  return [
    ...["--port", "0", "--tls-port", String(port), "--tls-replication", "yes"],
    ...["--tls-cert-file", shown.certFile, "--tls-key-file", shown.keyFile],
    ...["--tls-ca-cert-file", authority.certFile],
    ...["--tls-auth-clients", clientCertificates ? "yes" : "no"],
  ];
}

function asText(reply: RawReply): string {
  return Array.isArray(reply)
    ? reply.map(asText).join("\n")
    : String(reply ?? "");
}

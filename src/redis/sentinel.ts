/**
 * Finds a master by asking its sentinels, and hears from them when another server
 * becomes the master.
 *
 * Invariant: a server is used only after a sentinel has named it, and only while
 * it says that it is a master. Credentials of the servers go nowhere else.
 *
 * @module
 */
import { RedisConnectionError, RedisRoleError } from "../link/errors.ts";
import { ReconnectingLink } from "../link/reconnecting_link.ts";
import type { Reply } from "../resp/reply.ts";
import type { Connection } from "./connection/connection.ts";
import { openConnection } from "./handshake.ts";
import {
  askServer,
  type FindOptions,
  type GoTo,
  type Route,
  unanswered,
} from "./route.ts";
import {
  addressOf,
  type Endpoint,
  type SentinelSettings,
  sentinelSettings,
  type ServerSettings,
  type Settings,
} from "./settings.ts";

/** Says that another server is the master: its name, the old address, the new address. */
const SWITCH = "+switch-master";
/** Milliseconds in which a sentinel must be heard before one is asked. */
const PATIENCE = 1_000;

/** Asks sentinels in turn. */
export class SentinelRoute implements Route {
  readonly #settings: Settings;
  readonly #sentinel: SentinelSettings;
  readonly #goTo: GoTo;
  readonly #watch: ReconnectingLink<Connection>;
  readonly #stop = new AbortController();

  /** @param goTo Called when a sentinel names the master. */
  constructor(
    settings: Settings,
    sentinel: SentinelSettings,
    goTo: GoTo,
  ) {
    this.#settings = settings;
    this.#sentinel = sentinel;
    this.#goTo = goTo;
    this.#watch = new ReconnectingLink({
      name: settings.name,
      settings,
      servers: settings.endpoints.length,
      dial: ({ attempt, signal, sink }) =>
        openConnection(this.#settingsOf(attempt), {
          signal,
          sink,
          anyRole: true,
        }),
      sink: {
        message: (_channel, payload) => this.#take(payload),
        unreadable: () => {},
      },
      prepare: (connection) => connection.subscribe([SWITCH]),
      changed: ({ state }) => {
        // Another server may have become the master while no sentinel was heard.
        if (state === "up") void this.#askAgain();
      },
    });
  }

  /** Asks one sentinel; the next attempt asks the next. */
  async find(options: FindOptions): Promise<Endpoint> {
    // The subscription comes first, so that no switch is missed between the two;
    // sentinels that were not reached just now would only use up the time.
    const patience = this.#watch.trouble === undefined ? PATIENCE : 0;
    await this.#watch.whenUp(patience, options.signal).catch(() => {});
    return await this.#ask(options);
  }

  close(cause: Error): void {
    this.#stop.abort(cause);
    void this.#watch.close(cause);
  }

  async #ask({ signal, attempt }: FindOptions): Promise<Endpoint> {
    const { masterName } = this.#sentinel;
    const settings = this.#settingsOf(attempt);
    const reply = await askServer(
      settings,
      signal,
      (connection) =>
        connection.send(
          ["SENTINEL", "GET-MASTER-ADDR-BY-NAME", masterName],
          () => `ask a sentinel for the master "${masterName}"`,
        ),
    ).catch((error) => unanswered(error, this.#settings.name, "sentinel"));
    return this.#read(reply);
  }

  #read(reply: Reply): Endpoint {
    const { name } = this.#settings;
    const [hostname, port] = Array.isArray(reply) ? reply.map(String) : [];
    if (hostname === undefined || !/^\d+$/.test(port ?? "")) {
      throw new RedisConnectionError(
        `Cannot connect to ${name} as a sentinel watches no master of that name`,
      );
    }
    return this.#endpointAt(hostname, port!);
  }

  #settingsOf(attempt: number): ServerSettings {
    const { endpoints } = this.#settings;
    const endpoint = endpoints[attempt % endpoints.length]!;
    return sentinelSettings(this.#settings, endpoint);
  }

  async #askAgain(): Promise<void> {
    const { endpoints } = this.#settings;
    const { signal } = this.#stop;
    for (let attempt = 0; attempt < endpoints.length; attempt++) {
      if (signal.aborted) return;
      try {
        return this.#moveTo(addressOf(await this.#ask({ signal, attempt })));
      } catch {
        // The next sentinel may answer.
      }
    }
  }

  #take(payload: string): void {
    const [name, , , hostname, port] = payload.split(" ");
    if (name !== this.#sentinel.masterName) return;
    this.#moveTo(addressOf(this.#endpointAt(hostname!, port!)));
  }

  /** A server has TLS where its sentinels have it. */
  #endpointAt(hostname: string, port: string): Endpoint {
    const [sentinel] = this.#settings.endpoints;
    const tls = sentinel!.transport === "tcp" ? sentinel!.tls : undefined;
    return { transport: "tcp", hostname, port: Number(port), tls };
  }

  #moveTo(address: string): void {
    this.#goTo(
      address,
      new RedisRoleError(
        `Left the server as the sentinels say that ${address} is the master of "${this.#sentinel.masterName}" now`,
        "replica",
      ),
    );
  }
}

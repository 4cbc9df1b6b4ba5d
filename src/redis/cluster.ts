/**
 * Finds the home node of a cluster, and notices when it is another node: the node
 * that owns the slot of the signal channel. Every client that asks this way meets
 * the others there; PUBLISH reaches the clients of every other node all the same.
 *
 * Invariant: credentials go only to nodes that the user or the cluster has named.
 *
 * @module
 */
import { every, type Interval } from "../internal/timer.ts";
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
  type ServerSettings,
  serverSettings,
  type Settings,
} from "./settings.ts";

/** The channel of signals, in every namespace: only its slot counts. */
const CHANNEL = "event-signal-pubsub";
/** Milliseconds from one question for the home node to the next. */
const INTERVAL = 2_000;

/** Asks the nodes in turn, and goes on asking one of them. */
export class ClusterRoute implements Route {
  readonly #settings: Settings;
  readonly #goTo: GoTo;
  /** Leads to a node that is not the home node, because a home node that is cut off can't say so. */
  readonly #watch: ReconnectingLink<Connection>;
  #interval: Interval | undefined;
  #slot = 0;
  #home: string | undefined;
  /** The nodes that the cluster named last: they may live when the user's nodes are gone. */
  #named: readonly Endpoint[] = [];

  /** @param goTo Called when a node names the home node. */
  constructor(settings: Settings, goTo: GoTo) {
    this.#settings = settings;
    this.#goTo = goTo;
    this.#watch = new ReconnectingLink({
      name: settings.name,
      settings,
      dial: ({ signal, sink, attempt }) => {
        const nodes = this.#nodes;
        const others = nodes.filter((node) => addressOf(node) !== this.#home);
        return openConnection(
          this.#settingsOf(others.length > 0 ? others : nodes, attempt),
          { signal, sink },
        );
      },
    });
  }

  /** Asks one node for the home node; the next attempt asks the next. */
  async find(options: FindOptions): Promise<Endpoint> {
    const { signal, attempt } = options;
    const settings = this.#settingsOf(this.#nodes, attempt);
    const home = await askServer(settings, signal, async (connection) => {
      const slot = await connection.send(["CLUSTER", "KEYSLOT", CHANNEL]);
      this.#slot = Number(slot);
      return await this.#ask(connection);
    }).catch((error) =>
      unanswered(error, this.#settings.name, "node of a cluster")
    );
    signal.throwIfAborted();
    this.#home = addressOf(home);
    this.#interval ??= every(INTERVAL, () => void this.#check());
    return home;
  }

  close(cause: Error): void {
    this.#interval?.cancel();
    void this.#watch.close(cause);
  }

  get #nodes(): readonly Endpoint[] {
    return [...this.#settings.endpoints, ...this.#named];
  }

  #settingsOf(nodes: readonly Endpoint[], attempt: number): ServerSettings {
    return serverSettings(this.#settings, nodes[attempt % nodes.length]!);
  }

  async #ask(connection: Connection): Promise<Endpoint> {
    const { name } = this.#settings;
    const reply = await connection.send(
      ["CLUSTER", "SLOTS"],
      () => `find the home node of ${name}`,
    );
    const named: Endpoint[] = [];
    let home: Endpoint | undefined;
    for (const range of listOf(reply)) {
      const [first, last, ...nodes] = listOf(range);
      const [master, ...replicas] = nodes.map((node) =>
        endpointOf(node, connection.endpoint)
      );
      named.push(master!, ...replicas);
      const isHome = Number(first) <= this.#slot && this.#slot <= Number(last);
      if (isHome) home = master;
    }
    this.#named = named;
    if (home !== undefined) return home;
    throw new RedisConnectionError(
      `Cannot connect to ${name} as no node of the cluster owns the slot ${this.#slot} now`,
    );
  }

  async #check(): Promise<void> {
    try {
      const connection = await this.#watch.whenUp(INTERVAL);
      const address = addressOf(await this.#ask(connection));
      this.#goTo(
        address,
        new RedisRoleError(
          `Left a node as ${address} is the home node of ${this.#settings.name} now`,
          "replica",
        ),
      );
    } catch {
      // The next question may be answered.
    }
  }
}

function listOf(reply: Reply | undefined): readonly Reply[] {
  return Array.isArray(reply) ? reply : [];
}

/** A node in a reply to CLUSTER SLOTS; one without an address is at the host that was asked. */
function endpointOf(node: Reply, asked: Endpoint): Endpoint {
  const [hostname, port] = listOf(node);
  if (asked.transport === "unix") return asked;
  const isKnown = typeof hostname === "string" && hostname !== "";
  return {
    ...asked,
    hostname: isKnown ? hostname : asked.hostname,
    port: Number(port),
  };
}

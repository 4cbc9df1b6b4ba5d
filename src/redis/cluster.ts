/**
 * Finds the home node of a cluster: the node that owns the slot of the signal
 * channel. Every client of a cluster that asks this way meets the others there,
 * and PUBLISH reaches the clients of every other node all the same.
 *
 * Invariant: credentials go only to nodes that the user or the cluster has named.
 *
 * @module
 */
import { RedisConnectionError } from "../link/errors.ts";
import type { Reply } from "../resp/reply.ts";
import { openConnection } from "./handshake.ts";
import type { FindOptions, Route } from "./route.ts";
import { type Endpoint, serverSettings, type Settings } from "./settings.ts";

/** The channel of signals, in every namespace: only its slot counts. */
const CHANNEL = "event-signal-pubsub";

/** Asks the nodes in turn. */
export class ClusterRoute implements Route {
  readonly #settings: Settings;
  /** The nodes that the cluster named last: they may live when those of the user are gone. */
  #named: readonly Endpoint[] = [];

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  /** Asks one node for the home node; the next attempt asks the next. */
  async find({ signal, attempt }: FindOptions): Promise<Endpoint> {
    const nodes = [...this.#settings.endpoints, ...this.#named];
    const node = nodes[attempt % nodes.length]!;
    const settings = serverSettings(this.#settings, node);
    const connection = await openConnection(settings, {
      signal,
      sink: undefined,
    });
    try {
      const what = () => `find the home node of ${this.#settings.name}`;
      const [slot, ranges] = await Promise.all([
        connection.send(["CLUSTER", "KEYSLOT", CHANNEL], what),
        connection.send(["CLUSTER", "SLOTS"], what),
      ]);
      return this.#homeOf(Number(slot), ranges, node);
    } finally {
      void connection.close(new RedisConnectionError("The node has answered"));
    }
  }

  #homeOf(slot: number, ranges: Reply, asked: Endpoint): Endpoint {
    const named: Endpoint[] = [];
    let home: Endpoint | undefined;
    for (const range of listOf(ranges)) {
      const [first, last, ...nodes] = listOf(range);
      const endpoints = nodes.map((node) => endpointOf(node, asked));
      named.push(...endpoints);
      if (Number(first) <= slot && slot <= Number(last)) home = endpoints[0];
    }
    this.#named = named;
    if (home !== undefined) return home;
    throw new RedisConnectionError(
      `Cannot connect to ${this.#settings.name} as no node of the cluster owns the slot ${slot} now`,
    );
  }
}

function listOf(reply: Reply | undefined): readonly Reply[] {
  return Array.isArray(reply) ? reply : [];
}

/** A node of a reply to CLUSTER SLOTS; without an address it is at the host that was asked. */
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

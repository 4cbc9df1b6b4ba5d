/**
 * What all clients of one broker share: the hub, the limits, the counters and
 * the memory that they take together.
 *
 * @module
 */
import { Hub } from "./hub.ts";
import type { ResolvedOptions } from "./options.ts";

/** What a broker has counted since it began to listen. */
export interface BrokerStats {
  /** Clients that are connected now. */
  readonly connections: number;
  /** Clients that were let in. */
  readonly accepted: number;
  /** Clients that were turned away, as there were too many. */
  readonly refused: number;
  /** Clients that were dropped for the memory that they took, as a rule by reading too slowly. */
  readonly dropped: number;
  /** Clients that did not authenticate themselves in time or within the bytes allowed. */
  readonly unauthenticated: number;
  /** Clients that began a command and did not end it in time. */
  readonly stalled: number;
  /** Clients that were closed for bytes that are not the wire format. */
  readonly protocolErrors: number;
  /** Messages published. */
  readonly published: number;
  /** Messages delivered, once for each receiver. */
  readonly delivered: number;
  /** Bytes that clients take now, as `maxMemory` counts them. */
  readonly memory: number;
}

/** What the server needs to know of a client. */
export interface Tenant {
  /** Bytes that it takes. */
  readonly held: number;
  /** Takes it out of {@linkcode Server.clients} and gives its bytes back, at once. */
  drop(): void;
}

/** The shared state of one broker. */
export class Server {
  readonly hub: Hub = new Hub();
  readonly clients: Set<Tenant> = new Set();
  readonly limits: ResolvedOptions["limits"];
  readonly password: ResolvedOptions["password"];
  /** The port, as `INFO` tells it. */
  port = 0;
  readonly startedAt: number = Date.now();
  readonly counters = {
    accepted: 0,
    refused: 0,
    dropped: 0,
    unauthenticated: 0,
    stalled: 0,
    protocolErrors: 0,
    published: 0,
    delivered: 0,
  };
  #memory = 0;

  constructor(options: Pick<ResolvedOptions, "limits" | "password">) {
    this.limits = options.limits;
    this.password = options.password;
  }

  /** The number of a client that has just come. */
  nextClientId(): number {
    return ++this.counters.accepted;
  }

  /**
   * Notes that clients take more memory, or less where `bytes` is negative.
   * Beyond the limit those that take most are dropped.
   */
  hold(bytes: number): void {
    this.#memory += bytes;
    while (this.#memory > this.limits.maxMemory && bytes > 0) {
      let heaviest: Tenant | undefined;
      for (const client of this.clients) {
        if (heaviest === undefined || client.held > heaviest.held) {
          heaviest = client;
        }
      }
      if (heaviest === undefined) return;
      heaviest.drop();
    }
  }

  /** The counters as they are now. */
  stats(): BrokerStats {
    return {
      connections: this.clients.size,
      ...this.counters,
      memory: this.#memory,
    };
  }
}

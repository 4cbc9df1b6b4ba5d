/**
 * What all clients of one broker share: the hub, the limits, the counters, the
 * memory and the time.
 *
 * @module
 */
import { Hub, type SubscriptionSets } from "./hub/hub.ts";
import { OrderLane } from "./lane.ts";
import { Memory, type MemoryHolder } from "./memory.ts";
import type { RespVersion } from "./hub/message.ts";
import type { ResolvedOptions } from "./options.ts";
import { Pace } from "./pace.ts";

/**
 * What a broker has counted since it began to listen.
 *
 * @category Embedded broker
 */
export interface BrokerStats {
  /** Clients that are connected now. */
  readonly connections: number;
  /** Clients that were let in. */
  readonly accepted: number;
  /** Clients that were turned away because there were too many. */
  readonly refused: number;
  /** Clients that were dropped for the memory that they took, as a rule by reading too slowly. */
  readonly dropped: number;
  /** Clients that did not authenticate themselves in time or within the bytes allowed. */
  readonly unauthenticated: number;
  /** Clients that began a command and did not end it in time. */
  readonly stalled: number;
  /** Clients that were disconnected because their bytes were not the wire format. */
  readonly protocolErrors: number;
  /** Messages published. */
  readonly published: number;
  /** Messages delivered, once for each receiver. */
  readonly delivered: number;
  /** Bytes that clients take now, as `maxMemory` counts them. */
  readonly memory: number;
}

/** What commands may know of other clients. */
export interface Tenant extends MemoryHolder {
  readonly id: number;
  readonly name: string;
  /** The addresses of both ends, as `host:port`. */
  readonly address: string;
  readonly localAddress: string;
  readonly library: { readonly name: string; readonly version: string };
  readonly resp: RespVersion;
  readonly database: number;
  readonly connectedAt: number;
  /** The time of the latest read, and the latest command. */
  readonly activeAt: number;
  readonly command: string;
  readonly subscriptions: SubscriptionSets;
  readonly subscribed: number;
  readonly transaction:
    | { readonly commands: { readonly length: number } }
    | undefined;
  /** Bytes that the client takes, and bytes that wait to be written to it. */
  readonly held: number;
  readonly pending: number;
  /** Disconnects the client at once. */
  kill(): void;
}

/** The shared state of one broker. */
export class Server {
  readonly hub: Hub = new Hub();
  readonly lane: OrderLane = new OrderLane();
  readonly pace: Pace = new Pace();
  readonly clients: Set<Tenant> = new Set();
  readonly memory: Memory;
  readonly limits: ResolvedOptions["limits"];
  readonly password: ResolvedOptions["password"];
  /** The port that `INFO` shows. */
  port = 0;
  readonly startedAt: number = Date.now();
  /** Tells this broker from others in `INFO`: 40 hexadecimal digits. */
  readonly runId: string = (crypto.randomUUID() + crypto.randomUUID())
    .replaceAll("-", "").slice(0, 40);
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

  constructor(options: Pick<ResolvedOptions, "limits" | "password">) {
    this.limits = options.limits;
    this.password = options.password;
    this.memory = new Memory(options.limits.maxMemory, this.clients);
  }

  /** Counts a client that is let in; returns its id. */
  nextClientId(): number {
    return ++this.counters.accepted;
  }

  /** A copy of the counters. */
  stats(): BrokerStats {
    return {
      connections: this.clients.size,
      ...this.counters,
      memory: this.memory.held,
    };
  }
}

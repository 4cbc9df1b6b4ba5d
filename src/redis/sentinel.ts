/**
 * Finds a master by asking its sentinels, and hears from them when another server
 * becomes the master.
 *
 * Invariants:
 * - A server is used only after a sentinel has named it, and only while it says
 *   that it is a master. Credentials of the servers go nowhere else.
 * - Where sentinels disagree, the highest config epoch counts: a sentinel that is
 *   cut off never leads back to a master that was replaced.
 * - The watch ends with the route, or when a sentinel refuses it, and not before.
 *
 * @module
 */
import {
  isFinal,
  RedisConnectionError,
  RedisProtocolError,
  RedisReplyError,
  RedisRoleError,
} from "../link/errors.ts";
import { ReconnectingLink } from "../link/reconnecting_link.ts";
import type { Reply } from "../resp/reply.ts";
import type { Connection } from "./connection/connection.ts";
import { fieldOf, openConnection } from "./handshake.ts";
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
/** Milliseconds for which one round of questions answers every call of `verify`: fewer than a peer has to prove that it lives. */
const SHARED_FOR = 300;

/** A master, as named by a sentinel. */
interface Named {
  readonly endpoint: Endpoint;
  /** Grows with each failover. */
  readonly epoch: number;
}

/** Asks all sentinels at once. */
export class SentinelRoute implements Route {
  readonly #settings: Settings;
  readonly #sentinel: SentinelSettings;
  readonly #goTo: GoTo;
  readonly #watch: ReconnectingLink<Connection>;
  readonly #stop = new AbortController();
  /** The newest master that is known. */
  #known: Named | undefined;
  #verifying: Promise<void> | undefined;
  #verifiedAt = -Infinity;

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
      // The user's limits are for the links to the master.
      settings: {
        ...settings,
        connectTimeout: Infinity,
        reconnectTimeout: Infinity,
      },
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

  /** Asks the sentinels, until most of them have answered. */
  async find({ signal, attempt }: FindOptions): Promise<Endpoint> {
    // The subscription comes first, so that no switch is missed between the two;
    // sentinels that were not reached just now would only use up the time.
    const patience = this.#watch.trouble === undefined ? PATIENCE : 0;
    await this.#watch.whenUp(patience, signal).catch(() => {});
    // A master that can't be used may have been replaced by one of a lower epoch.
    if (attempt > 0) this.#known = undefined;
    const most = Math.floor(this.#settings.endpoints.length / 2) + 1;
    return await this.#survey(most, signal);
  }

  verify(): Promise<void> {
    const now = performance.now();
    if (this.#verifying === undefined || now - this.#verifiedAt > SHARED_FOR) {
      this.#verifiedAt = now;
      this.#verifying = this.#askAgain();
    }
    return this.#verifying;
  }

  close(cause: Error): void {
    this.#stop.abort(cause);
    void this.#watch.close(cause);
  }

  /** Asks every sentinel, and waits for so many answers where there are as many. */
  async #survey(enough: number, signal: AbortSignal): Promise<Endpoint> {
    const { endpoints } = this.#settings;
    const known = this.#known;
    const answers: Named[] = [];
    const over = new AbortController();
    const either = AbortSignal.any([signal, over.signal]);
    const { promise: answered, resolve } = Promise.withResolvers<void>();
    const all = Promise.allSettled(endpoints.map(async (_, n) => {
      answers.push(await this.#ask(n, either));
      if (answers.length >= enough) resolve();
    }));
    await Promise.race([answered, all]);
    over.abort();
    signal.throwIfAborted();
    // An announcement that has come meanwhile is newer than the answers.
    const isAll = answers.length === endpoints.length && this.#known === known;
    this.#known = newest(answers, isAll, this.#known);
    if (answers.length > 0) return this.#known!.endpoint;
    const errors = (await all).map((each) =>
      each.status === "rejected" ? each.reason : undefined
    );
    // As long as one sentinel does not refuse, it may come back.
    throw errors.find((error) => !isRefusal(error)) ?? errors[0];
  }

  async #ask(n: number, signal: AbortSignal): Promise<Named> {
    const { masterName } = this.#sentinel;
    const what = () => `ask a sentinel for the master "${masterName}"`;
    const settings = this.#settingsOf(n);
    return await askServer(settings, signal, async (connection) => {
      // A sentinel that leads a failover names the new address only in reply to
      // the second command; the epoch comes first, so that it is never too high.
      const [master, address] = await Promise.all([
        connection.send(["SENTINEL", "MASTER", masterName]).catch(refusal),
        connection.send(
          ["SENTINEL", "GET-MASTER-ADDR-BY-NAME", masterName],
          what,
        ),
      ]);
      const epoch = Number(fieldOf(master, "config-epoch") ?? 0);
      return { endpoint: this.#read(address), epoch };
    }).catch((error) => unanswered(error, this.#settings.name, "sentinel"));
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

  /** Asks every sentinel, and moves to the master that they name; never rejects. */
  async #askAgain(): Promise<void> {
    const { signal } = this.#stop;
    try {
      this.#moveTo(await this.#survey(Infinity, signal));
    } catch {
      // No sentinel has answered: the server itself says what it is.
    }
  }

  #take(payload: string): void {
    const [name, , , hostname, port] = payload.split(" ");
    if (name !== this.#sentinel.masterName) return;
    const endpoint = this.#endpointAt(hostname!, port!);
    // Sentinels that have not heard of it yet name an older epoch.
    this.#known = { endpoint, epoch: (this.#known?.epoch ?? 0) + 1 };
    this.#moveTo(endpoint);
  }

  /** A server has TLS where its sentinels have it. */
  #endpointAt(hostname: string, port: string): Endpoint {
    const [sentinel] = this.#settings.endpoints;
    const tls = sentinel!.transport === "tcp" ? sentinel!.tls : undefined;
    return { transport: "tcp", hostname, port: Number(port), tls };
  }

  #moveTo(endpoint: Endpoint): void {
    const address = addressOf(endpoint);
    this.#goTo(
      address,
      new RedisRoleError(
        `Left the server as the sentinels say that ${address} is the master of "${this.#sentinel.masterName}" now`,
        "replica",
      ),
    );
  }
}

/**
 * The master to use: the one that all of the sentinels name, else the one of the
 * highest epoch.
 *
 * @param isAll Whether all of the sentinels have answered.
 * @param known The newest master that was known before.
 */
function newest(
  answers: readonly Named[],
  isAll: boolean,
  known: Named | undefined,
): Named | undefined {
  const [first] = answers;
  const names = new Set(answers.map(({ endpoint }) => addressOf(endpoint)));
  // The epochs begin anew where a master is taken into watch again.
  if (isAll && names.size === 1) return first;
  return answers.reduce(
    (best, each) => best && best.epoch >= each.epoch ? best : each,
    known,
  );
}

/** Whether asking the same sentinel again could not help. */
function isRefusal(error: unknown): boolean {
  return error instanceof RedisProtocolError || isFinal(error);
}

/** Takes the refusal of a sentinel whose user may not ask as no answer. */
function refusal(error: unknown): undefined {
  if (!(error instanceof RedisReplyError)) throw error;
}

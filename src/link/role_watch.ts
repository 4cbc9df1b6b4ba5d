/**
 * Keeps an eye on the role of the server that a client talks to.
 *
 * @module
 */
import type { Connection } from "../redis/connection/connection.ts";
import { RedisReplyError } from "./errors.ts";
import type { Link } from "./reconnecting_link.ts";
import { askMaster, type Master } from "./role.ts";

/** Milliseconds for which a server that was a master is taken for one. */
const SETTLED_FOR = 50;

/** Notices when the server at the other end of a link has become a replica. */
export class RoleWatch {
  readonly #link: Link;
  readonly #demoted: (reason: string) => void;
  /** The question that is under way: its answer is for all who ask meanwhile. */
  #asking: Promise<boolean> | undefined;
  /** When the server was last seen to be a master. */
  #masterAt = -Infinity;

  /**
   * @param link The link to ask on; its connection is closed when the answer is a replica's.
   * @param demoted Is told why.
   */
  constructor(link: Link, demoted: (reason: string) => void) {
    this.#link = link;
    this.#demoted = demoted;
  }

  /** Whether the server was a master a moment ago. */
  get isSettled(): boolean {
    // A connection is opened to a master only.
    const openedAt = this.#link.current?.openedAt ?? -Infinity;
    const masterAt = Math.max(this.#masterAt, openedAt);
    return performance.now() - masterAt < SETTLED_FOR;
  }

  /** Whether the server is a master, for all that can be known. */
  verify(): Promise<boolean> {
    const connection = this.#link.current;
    // A link that is down is remade to a master only.
    if (connection === undefined) return Promise.resolve(true);
    return this.#asking ??= askMaster(connection).then(
      (master) =>
        master === undefined ? this.#stay() : this.#leave(connection, master),
      (error) => {
        if (error instanceof RedisReplyError) return this.#stay(); // it won't tell
        this.#asking = undefined;
        return true; // the link is down by now, or stuck
      },
    );
  }

  #stay(): true {
    this.#asking = undefined;
    this.#masterAt = performance.now();
    return true;
  }

  #leave(connection: Connection, { hostname, port }: Master): false {
    this.#asking = undefined;
    const reason = `the server has become a replica of ${hostname}:${port}`;
    connection.close(reason);
    this.#demoted(reason);
    return false;
  }
}

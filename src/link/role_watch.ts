/**
 * Watches the role of the server that a link's commands go to.
 *
 * @module
 */
import type { LinkConnection } from "./connection.ts";
import type { RedisRoleError } from "./errors.ts";
import type { ReconnectingLink } from "./reconnecting_link.ts";
import { askRole } from "./role.ts";

/** Milliseconds for which the answer of a master holds. */
const SETTLED_FOR = 50;

/** Notices that the server of a link has become a replica. */
export class RoleWatch {
  readonly #name: string;
  readonly #link: ReconnectingLink<LinkConnection>;
  readonly #demoted: (cause: RedisRoleError) => void;
  /** The question that waits for its answer, which is for every caller meanwhile. */
  #asking: Promise<boolean> | undefined;
  #answeredAt = -Infinity;

  /**
   * @param name Names the server in errors.
   * @param link The link to ask on; its connection is closed if the server is a replica.
   * @param demoted Called with the reason if the server is a replica.
   */
  constructor(
    name: string,
    link: ReconnectingLink<LinkConnection>,
    demoted: (cause: RedisRoleError) => void,
  ) {
    this.#name = name;
    this.#link = link;
    this.#demoted = demoted;
  }

  /** When the server last said that it is a master, by `performance.now()`. */
  get masterAt(): number {
    // A connection is opened only to a master.
    const openedAt = this.#link.current?.openedAt ?? -Infinity;
    return Math.max(this.#answeredAt, openedAt);
  }

  /** Whether the server was a master a moment ago. */
  get isSettled(): boolean {
    if (this.#link.current?.mode === "cluster") return true;
    return performance.now() - this.masterAt < SETTLED_FOR;
  }

  /** Whether the server is a master, as far as can be known; both links are remade if it is not. */
  verify(): Promise<boolean> {
    const connection = this.#link.current;
    // A link that is down is remade only to a master.
    if (connection === undefined) return Promise.resolve(true);
    return this.#asking ??= this.#ask(connection);
  }

  async #ask(connection: LinkConnection): Promise<boolean> {
    try {
      const cause = await askRole(connection, this.#name);
      if (cause === undefined) {
        this.#answeredAt = performance.now();
        return true;
      }
      void connection.close(cause);
      this.#demoted(cause);
      return false;
    } catch {
      return true; // the connection was lost; the next one is to a master
    } finally {
      this.#asking = undefined;
    }
  }
}

/**
 * Watches the role of the server that a link's commands go to.
 *
 * @module
 */
import type { LinkConnection } from "./connection.ts";
import type { RedisRoleError } from "./errors.ts";
import type { ReconnectingLink } from "./reconnecting_link.ts";
import { askRole, roleError } from "./role.ts";

/** Milliseconds for which a server that was a master is taken for one. */
const SETTLED_FOR = 50;

/** Notices when the server at the other end of a link has become a replica. */
export class RoleWatch {
  readonly #name: string;
  readonly #link: ReconnectingLink<LinkConnection>;
  readonly #demoted: (cause: RedisRoleError) => void;
  /** The question that is on its way: its answer is for every caller meanwhile. */
  #asking: Promise<boolean> | undefined;
  /** When the server was last seen to be a master. */
  #masterAt = -Infinity;

  /**
   * @param name Names the server in errors.
   * @param link The link to ask on; its connection is closed when the answer is a replica's.
   * @param demoted Called with the reason then.
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

  /** Whether the server was a master a moment ago. */
  get isSettled(): boolean {
    if (this.#link.current?.mode === "cluster") return true;
    // A connection is opened to a master only.
    const openedAt = this.#link.current?.openedAt ?? -Infinity;
    const masterAt = Math.max(this.#masterAt, openedAt);
    return performance.now() - masterAt < SETTLED_FOR;
  }

  /** Whether the server is a master, for all that can be known; both links are remade where it is none. */
  verify(): Promise<boolean> {
    const connection = this.#link.current;
    // A link that is down is remade to a master only.
    if (connection === undefined) return Promise.resolve(true);
    return this.#asking ??= this.#ask(connection);
  }

  async #ask(connection: LinkConnection): Promise<boolean> {
    try {
      const cause = roleError(this.#name, await askRole(connection));
      if (cause === undefined) {
        this.#masterAt = performance.now();
        return true;
      }
      void connection.close(cause);
      this.#demoted(cause);
      return false;
    } catch {
      return true; // the link is down by now
    } finally {
      this.#asking = undefined;
    }
  }
}

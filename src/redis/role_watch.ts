/**
 * Keeps an eye on the role of the server that a client talks to.
 *
 * @module
 */
import type { Connection } from "./connection.ts";
import type { Link } from "./link.ts";
import { askMaster } from "./role.ts";

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
    return performance.now() - this.#masterAt < SETTLED_FOR;
  }

  /** Whether the server is a master, for all that can be known. */
  async verify(): Promise<boolean> {
    const connection = this.#link.current;
    // A link that is down is remade to a master only.
    if (connection === undefined) return true;
    return await (this.#asking ??= this.#ask(connection));
  }

  async #ask(connection: Connection): Promise<boolean> {
    try {
      const master = await askMaster(connection);
      if (master === undefined) {
        this.#masterAt = performance.now();
        return true;
      }
      const { hostname, port } = master;
      const reason = `the server has become a replica of ${hostname}:${port}`;
      connection.close(reason);
      this.#demoted(reason);
      return false;
    } catch {
      return true; // the link is down by now
    } finally {
      this.#asking = undefined;
    }
  }
}

/**
 * Whether a server is one to publish on: the one rule for every link.
 *
 * A replica accepts PUBLISH, but only its own subscribers get the message, so
 * that responses get lost. In a cluster that does not matter, because every node
 * passes messages on. A sentinel accepts SUBSCRIBE, but carries no messages of
 * clients. Every other server is accepted: KeyDB's `active-replica` passes
 * messages on, and a server that does not know ROLE, or forbids it, proves
 * nothing.
 *
 * @module
 */
import type { LinkConnection } from "./connection.ts";
import { RedisReplyError, RedisRoleError } from "./errors.ts";

/** The role of a server, as it says itself. */
export interface ServerRole {
  readonly kind: "master" | "replica" | "sentinel";
  /** The address of a replica's master: `host:port`. */
  readonly master?: string;
}

const MASTER: ServerRole = { kind: "master" };

/**
 * Checks that a server is one to publish on.
 *
 * @param name Names the server in the error.
 * @throws {RedisRoleError} If it is a replica or a sentinel.
 */
export async function checkRole(
  connection: Pick<LinkConnection, "mode" | "send">,
  name: string,
): Promise<void> {
  if (connection.mode === "cluster") return;
  const cause = roleError(name, await askRole(connection));
  if (cause !== undefined) throw cause;
}

/**
 * Asks a server for its role. The answer also says that the server is alive.
 *
 * @throws {RedisConnectionError} If the connection ends first.
 */
export async function askRole(
  connection: Pick<LinkConnection, "mode" | "send">,
): Promise<ServerRole> {
  try {
    if (connection.mode === "cluster") {
      await connection.send(["PING"]);
      return MASTER;
    }
    return roleOf(await connection.send(["ROLE"]));
  } catch (error) {
    if (error instanceof RedisReplyError) return MASTER;
    throw error;
  }
}

/** Reads the reply to ROLE: `["slave", host, port, state, offset]` of a replica. */
export function roleOf(reply: unknown): ServerRole {
  if (!Array.isArray(reply)) return MASTER;
  const [kind, hostname, port] = reply.slice(0, 3).map(String);
  switch (kind) {
    case "sentinel":
      return { kind };
    case "slave":
    case "replica":
      return { kind: "replica", master: `${hostname}:${port}` };
  }
  return MASTER;
}

/** Why a server of this role can't be used; `undefined` if it can. */
export function roleError(
  name: string,
  { kind, master }: ServerRole,
): RedisRoleError | undefined {
  switch (kind) {
    case "sentinel":
      return new RedisRoleError(
        `Cannot use ${name} as it is a sentinel, which passes no messages on: use redis+sentinel://host:port/MASTER`,
        kind,
      );
    case "replica":
      return new RedisRoleError(
        `Cannot use ${name} as it is a replica of ${master}, which passes no messages on: connect to that master, or name all hosts, as in redis://host1:6379,host2:6379`,
        kind,
      );
  }
}

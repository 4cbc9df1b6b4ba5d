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
  const cause = await askRole(connection, name);
  if (cause !== undefined) throw cause;
}

/**
 * Asks a server for its role. The answer also says that the server is alive.
 *
 * @param name Names the server in the error.
 * @returns Why the server can't be used; `undefined` if it can.
 * @throws {RedisConnectionError} If the connection ends first.
 */
export async function askRole(
  connection: Pick<LinkConnection, "mode" | "send">,
  name: string,
): Promise<RedisRoleError | undefined> {
  try {
    if (connection.mode !== "cluster") {
      return roleError(name, await connection.send(["ROLE"]));
    }
    await connection.send(["PING"]);
  } catch (error) {
    if (!(error instanceof RedisReplyError)) throw error;
  }
  return undefined;
}

/** The error of the role in a reply to ROLE, which is `["slave", host, port, state, offset]` of a replica; `undefined` if the server can be used. */
function roleError(name: string, reply: unknown): RedisRoleError | undefined {
  if (!Array.isArray(reply)) return undefined;
  const [kind, hostname, port] = reply.slice(0, 3).map(String);
  switch (kind) {
    case "sentinel":
      return new RedisRoleError(
        `Cannot use ${name} as it is a sentinel, which passes no messages on: use redis+sentinel://host:port/MASTER`,
        "sentinel",
      );
    case "slave":
    case "replica":
      return new RedisRoleError(
        `Cannot use ${name} as it is a replica of ${hostname}:${port}, which passes no messages on: connect to that master, or name all hosts, as in redis://host1:6379,host2:6379`,
        "replica",
      );
  }
}

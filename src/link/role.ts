/**
 * Whether a server is the one to talk to. A replica takes PUBLISH without an
 * error, but hands the message to its own subscribers only: answers vanish.
 *
 * @module
 */
import { command } from "../resp/encode.ts";
import type { Reply } from "../resp/reply.ts";
import type { Connection } from "../redis/connection/connection.ts";
import { RedisConnectionError } from "./errors.ts";
import type { Endpoint } from "../redis/settings.ts";

const ROLE = command(["ROLE"]);
const what = () => "run ROLE";

/** Where a replica says that its master is. */
export interface Master {
  readonly hostname: string;
  readonly port: number;
}

/** The server is a replica: what is published there does not get everywhere. */
export class ReplicaError extends RedisConnectionError {
  /** The server to talk to instead. */
  readonly master: Master;

  constructor(name: string, master: Master) {
    const { hostname, port } = master;
    super(
      `Cannot use ${name} as it is a replica of ${hostname}:${port}: connect to that one, or grant --allow-net=${hostname}:${port} to be led there`,
    );
    this.master = master;
  }
}

/**
 * Asks a server for its role.
 *
 * @returns Its master, where it is a replica; nothing where it is none.
 * @throws {RedisReplyError} If it won't tell.
 * @throws {RedisConnectionError} If the connection ends first.
 */
export function askMaster(
  connection: Connection,
): Promise<Master | undefined> {
  return connection.request(ROLE, what, masterOf);
}

/**
 * Where to go instead of a replica.
 *
 * @returns The endpoint; nothing where the permission to go there is missing.
 */
export function masterEndpoint(
  { hostname, port }: Master,
  replica: Endpoint,
): Endpoint | undefined {
  const { state } = Deno.permissions.querySync({
    name: "net",
    host: hostname.includes(":")
      ? `[${hostname}]:${port}`
      : `${hostname}:${port}`,
  });
  if (state !== "granted") return undefined; // never prompts on its own account
  const tls = replica.transport === "tcp" ? replica.tls : undefined;
  return { transport: "tcp", hostname, port, tls };
}

/** Whether the reply to HELLO is a replica's. */
export function greetedByReplica(hello: Reply): boolean {
  const role = hello instanceof Map
    ? hello.get("role")
    : Array.isArray(hello)
    ? hello[hello.indexOf("role") + 1]
    : undefined;
  return role === "replica" || role === "slave";
}

/** Reads the reply to ROLE: `["slave", host, port, state, offset]` of a replica. */
export function masterOf(reply: Reply): Master | undefined {
  if (!Array.isArray(reply)) return undefined;
  // By index: taking an array apart makes an iterator and its results.
  const role = reply[0], hostname = reply[1], port = reply[2];
  if (role !== "slave" && role !== "replica") return undefined;
  if (typeof hostname !== "string" || typeof port !== "number") {
    return undefined;
  }
  return { hostname, port };
}

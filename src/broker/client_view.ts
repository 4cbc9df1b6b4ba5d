/**
 * Clients as `CLIENT LIST` shows them.
 *
 * @module
 */
import type { Tenant } from "./server.ts";

/**
 * Whether a client is subscribed to something, in Redis's words.
 *
 * @category Embedded broker
 */
export type ClientType = "normal" | "pubsub";

/**
 * Selects clients; a client must meet all conditions that are given.
 *
 * @category Embedded broker
 */
export interface ClientFilter {
  /** The name that the client has given itself by `CLIENT SETNAME` or `HELLO`; `""`: none. */
  readonly name?: string;
  /** `"pubsub"`: subscribed to something; `"normal"`: not. */
  readonly type?: ClientType;
}

/** The type of a client. */
export function clientType(client: Tenant): ClientType {
  return client.subscribed > 0 ? "pubsub" : "normal";
}

/** A line about a client, with the fields of Redis that this broker knows. */
export function describe(client: Tenant): string {
  const { channel, pattern, shard } = client.subscriptions;
  const { transaction, library } = client;
  const flags = (client.subscribed > 0 ? "P" : "") +
    (transaction === undefined ? "" : "x");
  const fields = {
    id: client.id,
    addr: client.address,
    laddr: client.localAddress,
    fd: client.id,
    name: client.name,
    age: secondsSince(client.connectedAt),
    idle: secondsSince(client.activeAt),
    flags: flags === "" ? "N" : flags,
    db: client.database,
    sub: channel.size,
    psub: pattern.size,
    ssub: shard.size,
    multi: transaction?.commands.length ?? -1,
    "qbuf": client.input,
    "qbuf-free": 0,
    "argv-mem": 0,
    "multi-mem": 0,
    rbs: 0,
    rbp: 0,
    obl: client.pending,
    oll: 0,
    omem: client.pending,
    "tot-mem": client.held + client.pending,
    events: client.pending > 0 ? "rw" : "r",
    cmd: client.command,
    user: "default",
    redir: -1,
    resp: client.resp,
    "lib-name": library.name,
    "lib-ver": library.version,
  };
  const texts = Object.entries(fields).map(([name, value]) =>
    `${name}=${value}`
  );
  return `${texts.join(" ")}\n`;
}

function secondsSince(start: number): number {
  return Math.floor((Date.now() - start) / 1000);
}

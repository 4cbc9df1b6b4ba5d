/**
 * The transport over every existing client: links whose connections are
 * duplicates of a client that stays untouched.
 *
 * @module
 */
import { LinkTransport } from "../link/link_transport.ts";
import { type LinkOptions, resolveLinkOptions } from "../link/options.ts";
import type { ClientSource } from "./client_source.ts";
import { TimedConnection } from "./connection.ts";

/**
 * Makes the transport of a client.
 *
 * @throws {TypeError | RangeError} If an option can't be used.
 */
export function adapterTransport(
  source: ClientSource,
  options: LinkOptions,
): LinkTransport {
  const settings = resolveLinkOptions(options);
  const { name } = source;
  const transport = new LinkTransport({
    name,
    settings,
    dial: (options) => TimedConnection.open(source, settings, options),
    closed: () => leave(),
  });
  const leave = source.onClosed(() => {
    void transport.close(`The client of ${name} was closed by its owner`);
  });
  return transport;
}

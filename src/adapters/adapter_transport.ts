/**
 * The transport over an existing client: links whose connections are duplicates
 * of the client, which itself stays untouched.
 *
 * To add an adapter for another client: write its {@linkcode ClientSource} and
 * `ClientConnection` in a folder of its own, and beside it an entry file that
 * exports its function and `exports.ts`; name the entry file in `deno.json`
 * under `exports`, and the folder in `tests/architecture_test.ts`.
 *
 * @module
 */
import { LinkTransport } from "../link/link_transport.ts";
import { type LinkOptions, resolveLinkOptions } from "../link/options.ts";
import type { ClientSource } from "./client_source.ts";
import { TimedConnection } from "./connection.ts";

/**
 * Makes a transport over a client.
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

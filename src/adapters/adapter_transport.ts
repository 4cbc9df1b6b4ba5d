/**
 * The transport over an existing client: links whose connections are duplicates
 * of the client, which itself stays untouched.
 *
 * To add an adapter for another client, write its {@linkcode ClientSource} and
 * its `ClientConnection`, in a folder of its own, and beside the folder an entry
 * file of the same name, which exports the adapter's function and `link/exports.ts`.
 * Name the entry file in `deno.json`, under `exports` and in the task `check`, and
 * the client in `tests/support/adapter_clients.ts`, from which all tests of
 * adapters take their clients.
 *
 * @module
 */
import { checkOptions } from "../internal/check.ts";
import { LinkTransport } from "../link/link_transport.ts";
import {
  LINK_NAMES,
  type LinkOptions,
  resolveLinkOptions,
} from "../link/options.ts";
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
  checkOptions(options, LINK_NAMES);
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

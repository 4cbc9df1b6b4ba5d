/**
 * A connection over npm:redis: a duplicate of the user's client that does not
 * reconnect.
 *
 * @module
 */
import type { ClientConnection, ClientEvents } from "../client_source.ts";
import type { NodeRedisClient } from "./types.ts";

/**
 * The options that are overridden: those by which a duplicate shares state with
 * the user's client, repeats commands, moves to another server, limits commands,
 * or changes names and replies. `pingInterval` and `socketTimeout` are switched
 * off, because links have their own.
 */
const OVERRIDES = {
  clientSideCache: undefined,
  commandOptions: {},
  commandsQueueMaxLength: undefined,
  disableOfflineQueue: true,
  emitInvalidate: false,
  keyPrefix: undefined,
  maintNotifications: "disabled",
  pingInterval: 0,
  readonly: false,
};

/**
 * Duplicates a client.
 *
 * @param pattern The client to duplicate.
 * @param events Takes messages and the loss of the connection.
 * @param socket Options of the socket, which override those of the user's client.
 */
export function nodeRedisDuplicate(
  pattern: NodeRedisClient,
  { message, lost }: ClientEvents,
  socket: object,
): ClientConnection {
  const client = pattern.duplicate({
    ...OVERRIDES,
    socket: {
      ...pattern.options?.socket,
      ...socket,
      reconnectStrategy: false,
      socketTimeout: undefined,
    },
  });
  const gone = Promise.withResolvers<void>();
  let state: "new" | "dialling" | "connected" | "destroyed" = "new";
  let unwanted = false;
  const destroy = () => {
    state = "destroyed";
    try {
      client.destroy();
    } catch {
      // The client has ended by itself.
    }
    gone.resolve();
  };
  client.on("connect", () => {
    state = "connected";
    if (unwanted) destroy();
  });
  client.on("error", (cause) => lost(cause));
  client.on("end", () => lost(new Error("the connection was closed")));
  const listener = (payload: Uint8Array, channel: Uint8Array) =>
    message(channel, payload);
  return {
    async connect() {
      state = "dialling";
      try {
        await client.connect();
      } catch (error) {
        destroy();
        throw error;
      }
    },
    command: (...args) => client.sendCommand(args),
    subscribe: (channels) => client.subscribe(channels, listener, true),
    unsubscribe: (channels) => client.unsubscribe(channels, listener, true),
    destroy() {
      unwanted = true;
      // While the client dials, destroy() would leave the socket open, so it follows "connect".
      if (state === "connected") destroy();
      else if (state === "new") gone.resolve();
      return gone.promise;
    },
  };
}

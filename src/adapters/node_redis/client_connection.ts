/**
 * One connection of npm:redis that lives once.
 *
 * @module
 */
import type { ClientConnection, ClientEvents } from "../client_source.ts";
import type { NodeRedisClient } from "./types.ts";

/**
 * What would share state with the source, repeat or move on its own, limit, or
 * change names and replies. `pingInterval` and `socketTimeout` go together: our
 * links ask and wait in their own time.
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
 * @param events What happens is told here.
 * @param socket What is different about the socket.
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
      // It throws where it has ended by itself.
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
      // While it dials, destroy() would leave the socket behind: that comes later.
      if (state === "connected") destroy();
      else if (state === "new") gone.resolve();
      return gone.promise;
    },
  };
}

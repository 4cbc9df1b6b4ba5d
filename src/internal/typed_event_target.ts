/**
 * Web-standard events with types.
 *
 * @module
 */

/** A listener of one event type. */
export type TypedListener<E extends Event> =
  | ((event: E) => void)
  | { handleEvent(event: E): void };

/**
 * An `EventTarget` whose `addEventListener` knows each event's type.
 *
 * @example
 * ```ts
 * import { SignalExporter } from "@dsa/state-signals";
 * import { MemoryTransport } from "@dsa/state-signals/memory";
 *
 * await using exporter = await SignalExporter.connect("fio", {
 *   redis: new MemoryTransport(),
 * });
 * exporter.addEventListener("subscribe", (event) => {
 *   console.log(event.detail.responderId);
 * });
 * ```
 */
export class TypedEventTarget<Events> extends EventTarget {
  /** Calls the listener for each event of the type. */
  override addEventListener<K extends keyof Events & string>(
    type: K,
    listener: TypedListener<Events[K] & Event> | null,
    options?: boolean | AddEventListenerOptions,
  ): void {
    super.addEventListener(type, listener as EventListener, options);
  }

  /** Calls the listener no more. */
  override removeEventListener<K extends keyof Events & string>(
    type: K,
    listener: TypedListener<Events[K] & Event> | null,
    options?: boolean | EventListenerOptions,
  ): void {
    super.removeEventListener(type, listener as EventListener, options);
  }
}

/** Dispatches an event; who listens throws on their own account. */
export function emit<Detail>(
  target: EventTarget,
  type: string,
  detail: Detail,
): void {
  target.dispatchEvent(new CustomEvent(type, { detail }));
}

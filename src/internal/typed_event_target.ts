/**
 * Web-standard events with types.
 *
 * @module
 */

/**
 * A listener of one event type.
 *
 * @category Events
 */
export type TypedListener<E extends Event> =
  | ((event: E) => void)
  | { handleEvent(event: E): void };

let isHeard: (target: EventTarget, type: string) => boolean;

/**
 * An `EventTarget` whose `addEventListener` knows each event's type.
 *
 * @category Events
 * @example Listen to an event
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
  /** Types that were ever listened to: events of other types are not made. */
  readonly #heard = new Set<string>();

  static {
    isHeard = (target, type) => !(#heard in target) || target.#heard.has(type);
  }

  /** Calls the listener for each event of the type. */
  override addEventListener<K extends keyof Events & string>(
    type: K,
    listener: TypedListener<Events[K] & Event> | null,
    options?: boolean | AddEventListenerOptions,
  ): void {
    this.#heard.add(type);
    super.addEventListener(type, listener as EventListener, options);
  }

  /** Stops calling the listener. */
  override removeEventListener<K extends keyof Events & string>(
    type: K,
    listener: TypedListener<Events[K] & Event> | null,
    options?: boolean | EventListenerOptions,
  ): void {
    super.removeEventListener(type, listener as EventListener, options);
  }
}

/** Dispatches an event; an error of a listener is reported, not thrown. */
export function emit<Detail>(
  target: EventTarget,
  type: string,
  detail: Detail,
): void {
  if (!isHeard(target, type)) return;
  target.dispatchEvent(new CustomEvent(type, { detail }));
}

/**
 * Signals that tell many processes what state one process is in, and tell that
 * process when all of them have acted on it, over Redis pub/sub. Compatible on
 * the wire, both ways, with the Python package `state-signals`.
 *
 * @example
 * ```ts
 * import { SignalExporter, SignalResponder } from "@dsa/state-signals";
 * import { Broker } from "@dsa/state-signals/broker";
 *
 * await using broker = await Broker.listen(); // or a Redis of yours
 *
 * await using responder = await SignalResponder.connect({ redis: broker.url });
 * (async () => {
 *   for await (const signal of responder) await responder.srespond(signal, 1);
 * })();
 *
 * await using exporter = await SignalExporter.connect("fio", { redis: broker.url });
 * await exporter.initializeAndWait(1, ["start", "stop"]);
 * const { ok } = await exporter.publishSignal("start");
 * await exporter.shutdown();
 * ```
 *
 * @module
 */
// The first symbols stand on the first page of `deno doc --html`, in this order.
export { SignalExporter } from "./src/signals/exporter/exporter.ts";
export { SignalResponder } from "./src/signals/responder/responder.ts";
export { barrier } from "./src/signals/barrier/barrier.ts";
export { once } from "./src/signals/once/once.ts";
export {
  rollCall,
  type RollCallOptions,
} from "./src/signals/roll_call/roll_call.ts";
export type { ConnectOptions } from "./src/connect_options.ts";
export type {
  ExporterCounts,
  ExporterOptions,
  InitializeAndWaitOptions,
  InitializeOptions,
  PublishOptions,
  ShutdownOptions,
} from "./src/signals/exporter/options.ts";
export type {
  Ack,
  MissingReason,
  PublishResult,
} from "./src/signals/exporter/publish_result.ts";
export { ResultCode } from "./src/protocol/result.ts";
export type * from "./src/signals/responder/options.ts";
export { AbandonedError } from "./src/signals/responder/abandoned_error.ts";
export type { Signal } from "./src/protocol/signal/signal.ts";
export {
  BarrierError,
  type BarrierFailure,
} from "./src/signals/barrier/error.ts";
export type {
  BarrierOptions,
  BarrierResult,
} from "./src/signals/barrier/options.ts";
export { OnceError, type OnceFailure } from "./src/signals/once/error.ts";
export type { OnceOptions, OnceResult } from "./src/signals/once/options.ts";
export type { PresenceReport } from "./src/signals/roll_call/message.ts";
export type * from "./src/signals/events.ts";
export {
  TypedEventTarget,
  type TypedListener,
} from "./src/internal/typed_event_target.ts";
export type { Logger, LogLevel } from "./src/internal/logger.ts";
export * from "./src/link/exports.ts";
export type { RedisOptions, RedisTlsOptions } from "./src/redis/options.ts";
export {
  type Channels,
  RESPONSE_CHANNEL,
  SIGNAL_CHANNEL,
} from "./src/protocol/channels.ts";

/**
 * Why the work of a handler is not wanted any more.
 *
 * @module
 */

/**
 * The reason for which the signal of a handler aborts: the publisher has shut
 * down, or is lost, or serving was ended.
 *
 * @category Errors
 * @example Tell why a handler was stopped
 * ```ts
 * import { AbandonedError, SignalResponder } from "@dsa/state-signals";
 *
 * await using responder = await SignalResponder.connect({ name: "vm-1" });
 * await responder.serve({
 *   start: (_, { signal }) => {
 *     signal.addEventListener("abort", () => {
 *       const { reason } = signal;
 *       if (reason instanceof AbandonedError) console.error(reason.reason);
 *     });
 *   },
 * }, { until: "shutdown" });
 * ```
 */
export class AbandonedError extends Error {
  /** Always `"AbandonedError"`. */
  override readonly name = "AbandonedError";
  /** The publisher whose signal the handler was acting on. */
  readonly publisherId: string;
  /** `"shutdown"`, `"lost"`, or `"ended"` where the responder itself ends serving. */
  readonly why: "shutdown" | "lost" | "ended";
  /** The reason that the publisher gave to `shutdown`; `undefined` where it gave none. */
  readonly reason: string | undefined;

  /**
   * Creates the error.
   *
   * @param publisherId The publisher.
   * @param why What has happened.
   * @param reason The reason that the publisher gave.
   */
  constructor(
    publisherId: string,
    why: AbandonedError["why"],
    reason?: string,
  ) {
    const what = {
      shutdown: `The publisher ${publisherId} has shut down`,
      lost: `The publisher ${publisherId} is lost`,
      ended: "Serving was ended",
    }[why];
    super(reason === undefined ? what : `${what}: ${reason}`);
    this.publisherId = publisherId;
    this.why = why;
    this.reason = reason;
  }
}

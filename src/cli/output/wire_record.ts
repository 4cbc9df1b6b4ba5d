/**
 * Writes signals and responses for machines, with the keys of the wire.
 *
 * @module
 */
import type { Response } from "../../protocol/response/response.ts";
import type { Signal } from "../../protocol/signal/signal.ts";

/** A signal, keyed as on the wire. */
export function signalRecord(signal: Signal): Record<string, unknown> {
  const { publisherId, processName, runnerHost, sampleNo, tag, metadata } =
    signal;
  return {
    publisher_id: publisherId,
    process_name: processName,
    event: signal.event,
    runner_host: runnerHost,
    sample_no: sampleNo,
    tag,
    ...(metadata === undefined ? {} : { metadata }),
  };
}

/** A response, keyed as on the wire. */
export function responseRecord(response: Response): Record<string, unknown> {
  const { responderId, publisherId, event, ras, message } = response;
  return {
    responder_id: responderId,
    publisher_id: publisherId,
    event,
    ...(ras === undefined ? {} : { ras }),
    ...(message === undefined ? {} : { message }),
  };
}

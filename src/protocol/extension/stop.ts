/**
 * How a responder asks an exporter to stop, and learns that the request has
 * arrived. The request may be sent again: its key tells that it is the same one.
 *
 * @module
 */
import { describeValue } from "../../internal/describe_value.ts";
import { isRecord } from "../payload.ts";
import { isReason } from "../reason.ts";
import { encodeSideMessage, isIncarnation } from "./extension.ts";
import { mayHaveInbox } from "./own_channels.ts";

/** Asks an exporter to stop. */
export interface StopRequest {
  /** The id of the responder that asks. */
  readonly id: string;
  /** The incarnation of the responder, which names its inbox. */
  readonly inc: string;
  /** Names the request: one that is sent again has the same key. */
  readonly key: string;
  /** Why. */
  readonly reason: string;
}

/** Writes a request, for the inbox of a publisher. */
export function encodeStopRequest(request: StopRequest): string {
  return encodeSideMessage("stop", request);
}

/** Writes the receipt for a request, for the inbox of the responder that has asked. */
export function encodeStopReceipt(key: string): string {
  return encodeSideMessage("heard", key);
}

/**
 * Reads a request.
 *
 * @throws {Error} Names the first part that can't be used.
 */
export function readStopRequest(value: unknown): StopRequest {
  const request = isRecord(value) ? value : {};
  const { id, inc, key, reason } = request;
  const check = (part: string, isUsable: boolean) => {
    if (isUsable) return;
    throw new Error(
      `the ${part} of a request to stop can't be used: current value is ${
        describeValue(request[part])
      }`,
    );
  };
  check("id", typeof id === "string" && id !== "" && mayHaveInbox(id));
  check("inc", isIncarnation(inc));
  check("key", typeof key === "string" && /^[\w-]{1,64}$/.test(key));
  check("reason", isReason(reason));
  return { id, inc, key, reason } as StopRequest;
}

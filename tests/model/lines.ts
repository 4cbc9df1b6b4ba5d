/**
 * What the processes of an episode say, one JSON object a line. The oracle
 * believes these lines and nothing else: a responder's lines are the truth about
 * what it did, an exporter's lines are the claims that are held against it.
 *
 * @module
 */

import type { MissingReason } from "../../src/signals/exporter/publish_result.ts";
import type { PublishTerms } from "./commands.ts";

/** Milliseconds since the epoch, in fractions: the processes share one clock. */
export type Moment = number;

/** What every process says of itself. */
export type CommonSaid =
  /** It is connected; `id` names its peer on the wire. */
  | { readonly said: "ready"; readonly id: string }
  /** Its link went down, or is back. */
  | { readonly said: "link"; readonly up: boolean }
  /** Its event loop stood still until now. */
  | { readonly said: "stall"; readonly ms: number }
  /** An error that nothing has caught. */
  | { readonly said: "uncaught"; readonly error: string }
  /** It has closed. */
  | { readonly said: "closed" };

/** What a responder says. Publishes are named by the number in their metadata. */
export type ResponderSaid =
  | CommonSaid
  /** A listener has got a signal. */
  | { readonly said: "got"; readonly n: number; readonly listener: number }
  /** It has acted on a signal, and answers so from now on. */
  | { readonly said: "acted"; readonly n: number; readonly ras: number }
  /** Its answer was refused or not confirmed. */
  | { readonly said: "unanswered"; readonly n: number; readonly error: string }
  /** It has answered `initialization` of a publisher, and that was confirmed. */
  | { readonly said: "joined"; readonly publisher: string }
  /** It takes a publisher for lost. */
  | { readonly said: "publisher-lost"; readonly publisher: string }
  /** It was told how many signals it has missed. */
  | {
    readonly said: "gap";
    readonly publisher: string;
    readonly missed: number;
  }
  /** A Python peer listens no more. */
  | { readonly said: "ended"; readonly error: string | null };

/** A result, as it can be said in JSON. */
export interface SaidResult {
  readonly code: number;
  readonly ok: boolean;
  readonly waited: boolean;
  readonly acks: Readonly<
    Record<string, { ras: number; message?: string; latency: number }>
  >;
  readonly missing: Readonly<Record<string, MissingReason>>;
  readonly messages: Readonly<Record<string, string>>;
}

/** What an exporter says. */
export type ExporterSaid =
  | CommonSaid
  /** It was asked to publish; `roster` as it is at the call. */
  | {
    readonly said: "called";
    readonly n: number;
    readonly event: string;
    readonly timeout: number | null;
    readonly terms: PublishTerms;
    readonly roster: readonly string[];
  }
  /** The caller's signal has aborted. */
  | { readonly said: "aborted"; readonly n: number }
  | {
    readonly said: "settled";
    readonly n: number;
    /** Milliseconds from the call, by the caller's clock. */
    readonly took: number;
    readonly result: SaidResult;
  }
  | {
    readonly said: "rejected";
    readonly n: number;
    readonly took: number;
    readonly name: string;
    readonly message: string;
    readonly outcome: string | null;
  }
  | {
    readonly said: "ack";
    readonly id: string;
    readonly event: string;
    readonly latency: number;
  }
  | {
    readonly said: "stray";
    readonly id: string;
    readonly event: string;
    readonly reason: string;
  }
  | { readonly said: "subscribe"; readonly id: string }
  | { readonly said: "unsubscribe"; readonly id: string; readonly why: string }
  /** A method other than a publish has settled. */
  | {
    readonly said: "did";
    readonly what: string;
    readonly error: string | null;
    readonly roster: readonly string[];
  };

/** Anything said, when, and by the name of which process. */
export type Line<Said = ResponderSaid | ExporterSaid> = Said & {
  readonly at: Moment;
};

/** Now, by the clock that all processes share. */
export function moment(): Moment {
  return performance.timeOrigin + performance.now();
}

/** Says something on stdout; what was said is not lost when the process is killed. */
export function say<Said extends ResponderSaid | ExporterSaid>(
  said: Said,
): void {
  console.log(JSON.stringify({ at: moment(), ...said }));
}

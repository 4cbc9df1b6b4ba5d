/**
 * What an episode tells its processes: how they begin, and lines of JSON on
 * their stdin.
 *
 * @module
 */

import type { RedisOptions } from "../../src/redis/mod.ts";
import type { ExporterOptions } from "../../src/signals/exporter/options.ts";
import type { PublishOptions } from "../../src/signals/exporter/options.ts";

/** The events that are published. */
export const EVENTS = ["E", "F", "G"] as const;

/** In which way a responder of this module listens and answers. */
export const STYLES = [
  /** `for await`, answers by the signal. */
  "signal",
  /** `for await`, answers by a copy of the signal. */
  "copy",
  /** `for await`, answers by publisher and event. */
  "pair",
  /** `for await`, does not wait for its work: answers in any order. */
  "concurrent",
  /** Leaves each loop after a few signals, or is made to, and begins another. */
  "anew",
  /** `serve`, one signal at a time. */
  "serve one",
  /** `serve`, several signals at a time. */
  "serve many",
  /** `serve`, a handler for each event, with many signs of progress. */
  "serve by event",
  /** Several listeners, of which one answers. */
  "listeners",
] as const;

export type Style = typeof STYLES[number];

/** How a responder behaves; every chance is from 0 to 1. */
export interface Mood {
  /** Milliseconds of work on a signal, at most. */
  readonly work: number;
  /** Says that it did not succeed. */
  readonly fail: number;
  /** Does not answer at all; a handler never returns. */
  readonly silence: number;
  /** Says that it is at work before it answers. */
  readonly progress: number;
}

/** Answers everything at once, in order, by the signal. */
export const OBEDIENT: Mood = { work: 0, fail: 0, silence: 0, progress: 0 };

/** How a responder process begins. */
export interface ResponderStart {
  readonly redis: RedisOptions;
  readonly id: string;
  /** Names the process in its messages: another one may have the same id. */
  readonly process: string;
  readonly style: Style;
  readonly mood: Mood;
  readonly seed: number;
  readonly heartbeatTimeout: number;
  readonly countSubscribers: boolean;
  readonly queueCapacity: number;
}

/** The commands of a responder process. */
export type ResponderCommand =
  | { readonly do: "mood"; readonly mood: Mood }
  | { readonly do: "lockTag"; readonly tag: string }
  | { readonly do: "lockId"; readonly id: string }
  | { readonly do: "unlock" }
  | { readonly do: "close" };

/** How an exporter process begins. */
export interface ExporterStart {
  readonly redis: RedisOptions;
  readonly options: Pick<
    ExporterOptions,
    | "correlation"
    | "evictAfterMisses"
    | "onLost"
    | "heartbeatTimeout"
    | "countSubscribers"
  >;
}

/** A publish; what JSON can't say is left out: `timeout` is then `Infinity`. */
export type PublishTerms = Pick<
  PublishOptions,
  "timeout" | "idleTimeout" | "until" | "failFast" | "tag" | "sample"
>;

/** The commands of an exporter process. */
export type ExporterCommand =
  | {
    readonly do: "publish";
    readonly n: number;
    readonly event: string;
    readonly terms: PublishTerms;
    /** Milliseconds after which the caller's signal aborts. */
    readonly abortAfter?: number | undefined;
  }
  | {
    readonly do: "initialize";
    readonly events: readonly string[];
    readonly expected?: readonly string[];
    readonly tag?: string | undefined;
  }
  | {
    readonly do: "initializeAndWait";
    readonly count: number;
    readonly events: readonly string[];
    readonly timeout: number;
    readonly periodic: number;
  }
  | { readonly do: "remove"; readonly id: string }
  | { readonly do: "shutdown" }
  | { readonly do: "close" };

/** The lines of stdin, each read as JSON. */
export async function* commands<C>(): AsyncIterable<C> {
  let unfinished = "";
  const text = Deno.stdin.readable.pipeThrough(new TextDecoderStream());
  for await (const chunk of text) {
    const lines = (unfinished + chunk).split("\n");
    unfinished = lines.pop()!;
    for (const line of lines) yield JSON.parse(line);
  }
}

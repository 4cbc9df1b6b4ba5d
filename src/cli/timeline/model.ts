/**
 * What a timeline shows: the plain data between the recording and the picture.
 *
 * @module
 */

/** All of it; moments are milliseconds since {@linkcode Timeline.started}. */
export interface Timeline {
  /** Milliseconds since 1970. */
  readonly started: number;
  /** The last moment that was recorded. */
  readonly end: number;
  /** One for each publisher, in the order of their appearance. */
  readonly lanes: readonly Lane[];
  /** When nothing was heard. */
  readonly gaps: readonly Gap[];
  /** Messages that were neither signals nor answers. */
  readonly oddities: readonly Oddity[];
  /** What was too much to be drawn; left out where all is drawn. */
  readonly undrawn?: Undrawn;
}

/** The end of a recording that has more than can be drawn. */
export interface Undrawn {
  /** When it begins. */
  readonly from: number;
  readonly signals: number;
  readonly answers: number;
}

/** What one publisher said, and who answered. */
export interface Lane {
  readonly publisherId: string;
  readonly processName: string;
  readonly runnerHost: string;
  /** The exporter reported nothing: its roster and its results are derived from signals and answers. */
  readonly derived?: true;
  /** When it was there: from its first signal, or the one after `shutdown`. */
  readonly lives: readonly Span[];
  readonly signals: readonly SignalMark[];
  readonly phases: readonly Phase[];
  /** Those who answered, or should have. */
  readonly responders: readonly Responder[];
  readonly answers: readonly Answer[];
  readonly missing: readonly Missing[];
  /** Signals with missing answers, where those are too many to be drawn one by one. */
  readonly unanswered: readonly Unanswered[];
}

/** Who answers. */
export interface Responder {
  readonly id: string;
  /** As people read it. */
  readonly name: string;
}

/** From one moment to another. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** One signal. */
export interface SignalMark {
  readonly at: number;
  readonly event: string;
  /** Left out where it had none. */
  readonly sample?: string;
  /** Left out where it had none. */
  readonly tag?: string;
  /** As JSON; left out where it had none. */
  readonly metadata?: string;
  /** How its publish ended, by the exporter's report; left out where there is none. */
  readonly result?: string;
}

/** A state, from the signal that began it to whatever ended it. */
export interface Phase extends Span {
  readonly name: string;
  /** Which of the lane's rows it is in, from 0. */
  readonly row: number;
  /** Index of the signal that began it. */
  readonly signal: number;
  /** Nothing ended it before the recording did. */
  readonly open?: boolean;
}

/** What an answer means. */
export type AnswerKind =
  /** Subscribed. */
  | "joined"
  /** Is at work. */
  | "progress"
  | "succeeded"
  | "failed"
  /** Reports of the exporter: why the responder is a subscriber no more, or that a signal was sent to it again. */
  | "left"
  | "evicted"
  | "lost"
  | "removed"
  | "redelivered";

/** One answer. */
export interface Answer {
  readonly kind: AnswerKind;
  /** Index of the responder. */
  readonly responder: number;
  /** Index of the signal; -1 where that was not recorded. */
  readonly signal: number;
  readonly at: number;
  /** Left out where it had none, or none that is a number. */
  readonly ras?: number;
  readonly message?: string;
  /** The exporter reported it; the responder did not say it. */
  readonly reported?: true;
}

/** An answer that did not come. */
export interface Missing {
  /** Index of the responder. */
  readonly responder: number;
  /** Index of the signal. */
  readonly signal: number;
  /** When its publisher went on without it, or the recording ended. */
  readonly until: number;
  /** It may have been given while nothing was heard. */
  readonly unheard?: boolean;
  /** Why it is missing, as its exporter reported. */
  readonly why?: string;
}

/** A signal that was not answered by all. */
export interface Unanswered extends Pick<Missing, "until" | "unheard"> {
  /** Index of the signal. */
  readonly signal: number;
  /** How many did not answer it. */
  readonly count: number;
}

/** When nothing was heard. */
export interface Gap extends Span {
  readonly reason: string;
}

/** A message that is neither a signal nor an answer. */
export interface Oddity {
  readonly at: number;
  readonly channel: "signal" | "response";
  readonly reason: string;
  /** Its beginning, if it was text. */
  readonly payload?: string;
}

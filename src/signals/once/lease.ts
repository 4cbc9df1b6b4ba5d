/**
 * What one call of `once()` knows of its own function: under which claim it
 * runs, how long it may run unheard, and how it ended. Pure.
 *
 * @module
 */
import type { OnceOutcome } from "./outcome.ts";

/** A claim of this call that counted, and the function that runs under it. */
export class OnceLease {
  /** The message that made the claim. */
  readonly claim: string;
  /** When the last sign that all have heard was sent, at the latest. */
  #base: number;
  readonly #span: number;
  #isLapsed: boolean;
  #isEnded: boolean;
  #outcome: OnceOutcome | undefined;

  /**
   * @param claim The message that made the claim.
   * @param base When it was sent.
   * @param span Milliseconds that the function may run unheard.
   * @param now When it was heard: if that is too late, the function never begins.
   */
  constructor(claim: string, base: number, span: number, now: number) {
    this.claim = claim;
    this.#base = base;
    this.#span = span;
    this.#isLapsed = this.#isEnded = now - base >= span;
  }

  /** When the lease ends, unless it is renewed. */
  get end(): number {
    return this.#base + this.#span;
  }

  /** Whether the lease has ended: the function must stop. */
  get isLapsed(): boolean {
    return this.#isLapsed;
  }

  /** Whether the function runs. */
  get isRunning(): boolean {
    return !this.#isEnded;
  }

  /** How the function ended; undefined where it runs, or ended because it had to stop. */
  get outcome(): OnceOutcome | undefined {
    return this.#outcome;
  }

  /** A sign that was sent then was heard. */
  renew(sentAt: number): void {
    this.#base = Math.max(this.#base, sentAt);
  }

  /** Ends the lease if its time is over; returns whether it has ended. */
  check(now: number): boolean {
    return this.#isLapsed ||= now >= this.end;
  }

  /** Another claim counts. */
  revoke(): void {
    this.#isLapsed = true;
  }

  /** The function ended. An error of a function that had to stop is no outcome. */
  settle(outcome: OnceOutcome): void {
    this.#isEnded = true;
    if (outcome.error === undefined || !this.#isLapsed) this.#outcome = outcome;
  }
}

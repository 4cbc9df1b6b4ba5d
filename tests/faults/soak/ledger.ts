/**
 * The account of a soak: every publish that was started, its end, and whether
 * each response that it counted was given. Pure.
 *
 * @module
 */

import type { PublishResult } from "../../../src/signals/exporter/publish_result.ts";

/** How one publish ended. */
export interface Settlement {
  readonly number: number;
  /** The number of responses owed. */
  readonly owed: number;
  /** Milliseconds from the deadline to the end; negative for an earlier end. */
  readonly overshoot: number;
  readonly outcome:
    | { readonly result: PublishResult }
    | { readonly error: unknown };
}

/** The `ras` of a responder's response to a signal; undefined if it did not act on the signal. */
export type Acted = (responderId: string, number: number) => number | undefined;

/** Milliseconds that a publish may outlast its deadline on a busy machine. */
const SLACK = 2_000;

/** The account of all publishes. */
export class SoakLedger {
  #started = 0;
  #settled = 0;
  #longest = 0;
  readonly #outcomes = new Count();
  /** The outcomes of the owed responses. */
  readonly #answers = new Count();
  #owed = 0;
  readonly #open = new Set<number>();
  /** Results whose responses are still to be compared with the responders' own records. */
  readonly #unproven = new Map<number, PublishResult>();
  readonly #oddities: string[] = [];

  /** The number of publishes started. */
  get started(): number {
    return this.#started;
  }

  /** The number of publishes settled. */
  get settled(): number {
    return this.#settled;
  }

  /** The number of successful publishes. */
  get successes(): number {
    return this.#outcomes.of("success");
  }

  /** The number of the oldest publish that is open or unproven. */
  get oldest(): number {
    return Math.min(
      this.#started + 1,
      ...this.#open,
      ...this.#unproven.keys(),
    );
  }

  /** Begins a publish; returns its number. */
  begin(): number {
    this.#open.add(++this.#started);
    return this.#started;
  }

  /** Ends a publish. */
  settle({ number, owed, overshoot, outcome }: Settlement): void {
    if (!this.#open.delete(number)) {
      return this.complain(`Publish ${number} settled twice`);
    }
    this.#settled++;
    this.#longest = Math.max(this.#longest, overshoot);
    if (overshoot > SLACK) {
      this.complain(
        `Publish ${number} settled ${Math.round(overshoot)} ms too late`,
      );
    }
    if ("result" in outcome) this.#enter(number, owed, outcome.result);
    else this.#reject(number, outcome.error);
  }

  /** Drops the results whose responses are in the responders' records. */
  prove(acted: Acted): void {
    for (const [number, { acks }] of this.#unproven) {
      const proven = [...acks].every(([responderId, { ras, message }]) =>
        message === String(number) && acted(responderId, number) === ras
      );
      if (proven) this.#unproven.delete(number);
    }
  }

  /** Notes a complaint. */
  complain(complaint: string): void {
    this.#oddities.push(complaint);
  }

  /** All complaints, to be read after the last prove(). */
  complaints(): string[] {
    const [unproven, falseSuccesses] = this.#falseResults();
    return [
      ...complainIf(
        this.#settled !== this.#started,
        `${this.#started - this.#settled} publishes did not settle`,
      ),
      ...complainIf(
        falseSuccesses > 0,
        `${falseSuccesses} successes were false`,
      ),
      ...complainIf(
        unproven > 0,
        `${unproven} results counted answers that were not given`,
      ),
      ...complainIf(this.successes === 0, "No publish was a success"),
      ...this.#oddities.slice(0, 10),
    ];
  }

  /** The account, one line each. */
  lines(): string[] {
    const [unproven, falseSuccesses] = this.#falseResults();
    return [
      `publishes   started ${this.#started} = settled ${this.#settled}, at the latest ${
        Math.round(this.#longest)
      } ms after the deadline`,
      `outcomes    ${this.#outcomes}`,
      `answers     owed ${this.#owed} = ${this.#answers}`,
      `false       successes ${falseSuccesses}/${this.successes}, results ${unproven}/${this.#settled}`,
    ];
  }

  #enter(number: number, owed: number, result: PublishResult): void {
    const { code, ok, acks, missing } = result;
    this.#unproven.set(number, result);
    this.#owed += owed;
    let failed = 0;
    for (const { ras } of acks.values()) {
      if (ras !== 1) failed++;
      this.#answers.add(ras === 1 ? "success" : "failed");
    }
    for (const reason of missing.values()) {
      this.#answers.add(`missing: ${reason}`);
    }
    this.#outcomes.add(
      code === 0 ? "success" : code === 1 ? "failed" : "missing",
    );
    const expected = missing.size > 0 ? 2 : failed > 0 ? 1 : 0;
    if (
      acks.size + missing.size !== owed || code !== expected ||
      ok !== (code === 0) || owed === 0
    ) {
      this.complain(
        `Publish ${number} does not add up: code ${code}, ${acks.size} acks and ${missing.size} missing of ${owed} owed`,
      );
    }
  }

  #reject(number: number, error: unknown): void {
    const { outcome } = error as { outcome?: unknown };
    this.#outcomes.add(`rejected ${outcome}`);
    if (outcome !== "not-sent" && outcome !== "unknown") {
      this.complain(`Publish ${number} was rejected: ${error}`);
    }
  }

  #falseResults(): [all: number, successes: number] {
    const results = [...this.#unproven.values()];
    return [results.length, results.filter(({ ok }) => ok).length];
  }
}

/** Counts named events. */
export class Count {
  readonly #times = new Map<string, number>();

  /** The number of times that an event happened. */
  of(what: string): number {
    return this.#times.get(what) ?? 0;
  }

  add(what: string): void {
    this.#times.set(what, this.of(what) + 1);
  }

  /** For example `success 12, missing: timeout 3`. */
  toString(): string {
    return [...this.#times].map(([what, times]) => `${what} ${times}`)
      .join(", ") || "none";
  }
}

function complainIf(wrong: boolean, complaint: string): string[] {
  return wrong ? [complaint] : [];
}

/**
 * The parties of a barrier with a leader: whether all are there, and the outcome by
 * their answers. Pure.
 *
 * @module
 */
import { hostName } from "../../signals/host.ts";
import { missingText } from "../../signals/meeting/terms.ts";
import type {
  MissingReason,
  PublishResult,
} from "../../signals/exporter/publish_result.ts";
import { MISSING } from "../output/answer_view.ts";
import type { BarrierOutcome, Failed } from "./outcome.ts";
import { ExitCode } from "../exit_codes.ts";
import { clip } from "../output/observation_line.ts";
import { peerName } from "../../protocol/peer_name.ts";
import { peerNames } from "../output/peer_name.ts";

/** Most parties whose failure stands in one line. */
const MAX_TOLD = 10;

/** The barrier and its parties. */
export interface LedTerms {
  /** The barrier's name. */
  readonly name: string;
  /** The leader's own name, because it is a party, too. @default {the host's name} */
  readonly party: string | undefined;
  /** The number of parties, or their names. */
  readonly parties: number | readonly string[];
}

/** The answers to `barrier`. */
export type PartyAcks = Pick<PublishResult, "acks" | "missing">;

/** Knows which parties must come. */
export class LedParties {
  readonly #barrier: string;
  /** The name of the leader, which is always there. */
  readonly #own: string;
  /** The names of the parties that the leader waits for, if they are known. */
  readonly #names: ReadonlySet<string> | undefined;
  /** The number of parties that the leader waits for. */
  readonly others: number;

  /** @param terms The barrier and its parties. */
  constructor(terms: LedTerms) {
    const { name, party = hostName(), parties } = terms;
    this.#barrier = name;
    this.#own = party;
    if (typeof parties === "number") this.others = parties - 1;
    else {
      this.#names = new Set(parties.filter((each) => each !== party));
      this.others = this.#names.size;
    }
  }

  /** Whether all parties are among these responders. */
  isComplete(responderIds: Iterable<string>): boolean {
    return this.#missing([...responderIds]).count === 0;
  }

  /** The outcome if the timeout ended, or the leader was interrupted, before `barrier` was answered. */
  givenUp(
    how: "timeout" | "aborted",
    responderIds: ReadonlySet<string>,
  ): Failed {
    return this.#failed({
      code: how === "timeout" ? ExitCode.Missing : ExitCode.Interrupted,
      reason: how,
      by: this.#own,
      why: `"${clip(this.#own)}" (this party) ${
        how === "timeout" ? "gave up when its timeout ended" : "was aborted"
      }`,
      arrived: [...responderIds],
    });
  }

  /**
   * The outcome by the answers to `barrier`.
   *
   * @param result The answers.
   * @param subscribers The responder ids of the present subscribers: a party that
   * has answered and left does not wait any more.
   * @param elapsed Milliseconds that the leader has waited.
   */
  judge(
    { acks, missing }: PartyAcks,
    subscribers: ReadonlySet<string>,
    elapsed: number,
  ): BarrierOutcome {
    const arrived: string[] = [];
    const gone = new Map(missing);
    for (const [id, { ras }] of acks) {
      if (subscribers.has(id) || ras !== 1) arrived.push(id);
      else gone.set(id, "left");
    }
    if (gone.size > 0 || !this.isComplete(arrived)) {
      return this.#absent(arrived, gone);
    }
    const failures = arrived.filter((id) => acks.get(id)!.ras !== 1);
    const name = peerNames(arrived);
    if (failures.length > 0) {
      const told = failures.slice(0, MAX_TOLD).map((id) => {
        const { message = "" } = acks.get(id)!;
        return `"${clip(name(id))}" failed${message && `: ${clip(message)}`}`;
      });
      return this.#failed({
        code: ExitCode.Failed,
        reason: "failed",
        by: name(failures[0]!),
        why: told.join(", ") + (failures.length > MAX_TOLD ? ", ..." : ""),
        arrived,
      });
    }
    return { type: "open", elapsed, members: this.#present(arrived), index: 0 };
  }

  #absent(
    arrived: readonly string[],
    gone: ReadonlyMap<string, MissingReason>,
  ): Failed {
    const missing = this.#missing(arrived, [...gone.keys()]);
    // A party that left between the last arrival and `barrier` has no reason in the result.
    const [reason = "left"] = gone.values();
    const [by] = missing.names;
    return this.#failed({
      code: ExitCode.Missing,
      reason,
      by: by ?? this.#own,
      why: `${by === undefined ? "a party" : `"${clip(by)}"`} ${
        MISSING[reason]
      }`,
      arrived,
      missing,
    });
  }

  #failed(
    { why, arrived, missing = this.#missing(arrived), ...failure }:
      & Pick<Failed, "code" | "reason" | "by">
      & { why: string; arrived: readonly string[]; missing?: MissingParty },
  ): Failed {
    const there = this.#present(arrived);
    const { names, count } = missing;
    return {
      type: "failed",
      outcome: "failed",
      message: `Cannot pass the barrier "${
        clip(this.#barrier)
      }" as ${why}; ${there.length} arrived, ${
        missingText(count, names.map(clip))
      }`,
      ...failure,
      arrived: there,
      missing: names,
      missingCount: count,
    };
  }

  /** The names of the present parties, the leader first. */
  #present(arrived: readonly string[]): string[] {
    const names = this.#names === undefined
      ? arrived.map(peerNames(arrived))
      : this.#names.intersection(new Set(arrived.map(peerName)));
    return [this.#own, ...[...names].sort()];
  }

  /** The missing parties: their number, and their names if they are known; parties that have left come first. */
  #missing(
    arrived: readonly string[],
    gone: readonly string[] = [],
  ): MissingParty {
    const names = new Set(gone.map(peerNames(gone)));
    if (this.#names === undefined) {
      const count = Math.max(gone.length, this.others - arrived.length);
      return { names: [...names], count };
    }
    const there = new Set(arrived.map(peerName));
    for (const name of this.#names) if (!there.has(name)) names.add(name);
    return { names: [...names], count: names.size };
  }
}

interface MissingParty {
  readonly names: readonly string[];
  readonly count: number;
}

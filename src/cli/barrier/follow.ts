/**
 * Follows a leader through a barrier, be it one of this module or of Python:
 * answers its events, and leaves at the last one.
 *
 * @module
 */
import { abortable } from "../../internal/abortable.ts";
import { SignalResponder } from "../../signals/responder/responder.ts";
import type { BarrierOutcome, Failed } from "./outcome.ts";
import type { Context } from "../args/command.ts";
import { ExitCode } from "../exit_codes.ts";
import { type End, Following } from "./following.ts";
import { clip } from "../output/observation_line.ts";
import { peerName } from "../../protocol/peer_name.ts";
import { TimeLimit } from "../process/time_limit.ts";

/** The barrier, and how long to follow. */
export interface FollowTerms {
  /** The barrier's name, which is the process name of its leader. */
  readonly name: string;
  /** This party's name. */
  readonly party: string | undefined;
  /** Milliseconds until this party gives up. */
  readonly timeout: number;
}

/** The failure by the end of the barrier. */
const FAILURES: Readonly<
  Record<Exclude<End, "open">, [ExitCode, reason: string, why: string]>
> = {
  fail: [ExitCode.Failed, "failed", 'its leader published "fail"'],
  shutdown: [
    ExitCode.Failed,
    "shutdown",
    'its leader shut down before "barrier"',
  ],
  unknown: [
    ExitCode.Unavailable,
    "disconnected",
    "the link was lost and what its leader decided meanwhile can't be known",
  ],
};

/** Follows a leader. Closing the responder says that this party leaves, so that a leader of this module can name it. */
export async function followBarrier(
  { connection, interrupted }: Context,
  { name, party, timeout }: FollowTerms,
): Promise<BarrierOutcome> {
  await using responder = await SignalResponder.connect({
    ...connection(),
    ...(party === undefined ? {} : { name: party }),
  });
  using limit = new TimeLimit(timeout);
  const begin = performance.now();
  const following = new Following(name);
  responder.addEventListener(
    "gap",
    ({ detail }) => following.missSome(detail.publisherId),
  );
  const giveUp = AbortSignal.any([interrupted, limit.signal]);
  try {
    for await (const signal of responder.listen({ signal: giveUp })) {
      const { answer, end } = following.take(signal);
      if (answer) {
        const answered = responder.srespond(signal, 1);
        await abortable(answered, giveUp).catch((error) => {
          // After the last event, the end is clear even if the answer is lost.
          if (end === undefined) throw error;
        });
      }
      const { publisherId: leader } = signal;
      if (end === "open") {
        return { type: "open", elapsed: performance.now() - begin, leader };
      }
      if (end === undefined) continue;
      const [code, reason, why] = FAILURES[end];
      return {
        ...failed(name, why, { code, reason, by: leader, leader }),
        outcome: end === "unknown" ? "unknown" : "failed",
      };
    }
  } catch (error) {
    if (!giveUp.aborted) throw error;
  }
  const { leader, progress } = following;
  const by = party ?? peerName(responder.responderId);
  const [code, reason, why] = interrupted.aborted
    ? [ExitCode.Interrupted, "aborted", "was aborted"]
    : [ExitCode.Missing, "timeout", "gave up when its timeout ended"];
  return failed(name, `"${clip(by)}" (this party) ${why}; ${progress}`, {
    code,
    reason,
    by,
    leader,
  });
}

function failed(
  name: string,
  why: string,
  failure: Pick<Failed, "code" | "reason" | "by" | "leader">,
): Failed {
  return {
    type: "failed",
    outcome: "failed",
    message: `Cannot pass the barrier "${clip(name)}" as ${why}`,
    ...failure,
  };
}

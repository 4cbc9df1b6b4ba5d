/**
 * Leads a barrier over the wire of 1.0.1: gathers the parties, publishes
 * `barrier`, and then `success` or `fail` by the parties' answers.
 *
 * Invariant: a leader publishes `shutdown` only after the server has confirmed
 * `success` or `fail`. Parties take a `shutdown` that follows `barrier` for an
 * opened barrier, as users of 1.0.1 do. Without `shutdown`, they run into their
 * timeouts.
 *
 * @module
 */
import type { PublishResult } from "../../signals/exporter/publish_result.ts";
import { PublishSession } from "../publish_session.ts";
import type { BarrierOutcome } from "./outcome.ts";
import type { Context } from "../args/command.ts";
import { clip } from "../output/observation_line.ts";
import { Interruption } from "../process/interruption.ts";
import { LedParties, type LedTerms } from "./led_parties.ts";
import { line, paint } from "../output/line.ts";
import { type Report, withoutResults } from "../output/output.ts";
import { peerNames } from "../output/peer_name.ts";

const EVENTS = ["barrier", "success", "fail"];

/** Milliseconds to wait for the answers to the last event. */
const LAST_ANSWERS = 2_000;
/** The same if the leader is interrupted, because `shutdown` must still follow. */
const HURRIED_ANSWERS = 400;

/** The barrier, and how long to lead. */
export interface LeadTerms extends LedTerms {
  /** Milliseconds for all parties to come and to answer. */
  readonly timeout: number;
}

/** Leads a barrier, and tells the waiting parties how it ended. */
export async function leadBarrier(
  { connection, interrupted, output }: Context,
  terms: LeadTerms,
): Promise<BarrierOutcome> {
  const report = withoutResults(output);
  await using session = await PublishSession.open(
    { connection, interrupted, output: report },
    terms.name,
  );
  let outcome: BarrierOutcome | undefined;
  try {
    outcome = await meet(session, terms, interrupted);
  } finally {
    if (outcome?.type !== "open") {
      const timeout = interrupted.aborted ? HURRIED_ANSWERS : LAST_ANSWERS;
      await dismiss(session, report, timeout);
    }
  }
  if (outcome.type === "open") await release(session, report);
  return outcome;
}

async function meet(
  session: PublishSession,
  terms: LeadTerms,
  interrupted: AbortSignal,
): Promise<BarrierOutcome> {
  const parties = new LedParties(terms);
  const begin = performance.now();
  const elapsed = () => performance.now() - begin;
  try {
    const gathered = await session.gather({
      count: parties.others,
      complete: (subscribers) => parties.isComplete(subscribers),
      timeout: terms.timeout,
      events: EVENTS,
    });
    if (!gathered) return parties.givenUp("timeout", session.subscribers);
    const result = await session.tell("barrier", {
      timeout: Math.max(0, terms.timeout - elapsed()),
      signal: interrupted,
    });
    return parties.judge(result, session.subscribers, elapsed());
  } catch (error) {
    if (!(error instanceof Interruption)) throw error;
    return parties.givenUp("aborted", session.subscribers);
  }
}

/** Lets the parties go on. Throws if `success` was not sent, because then the parties still wait. */
async function release(session: PublishSession, report: Report): Promise<void> {
  const { acks, missing } = await sayLast(session, "success", LAST_ANSWERS);
  const name = peerNames([...acks.keys(), ...missing.keys()]);
  for (const id of missing.keys()) {
    report.note(
      line`${paint("yellow", "warning:")} ${
        clip(name(id))
      } did not answer success, and may not know of it`,
    );
  }
}

/** Tells the parties that the barrier failed. */
async function dismiss(
  session: PublishSession,
  report: Report,
  timeout: number,
): Promise<void> {
  try {
    await sayLast(session, "fail", timeout);
  } catch (error) {
    report.note(
      line`${paint("yellow", "warning:")} "fail" was not sent: ${
        (error as Error).message
      }`,
    );
  }
}

/** Publishes the last event. If it may not have reached the server, no `shutdown` follows. */
async function sayLast(
  session: PublishSession,
  event: "success" | "fail",
  timeout: number,
): Promise<PublishResult> {
  let isConfirmed = false;
  try {
    const result = await session.tell(event, { timeout });
    isConfirmed = result.receivers !== undefined || result.acks.size > 0;
    return result;
  } finally {
    if (!isConfirmed) session.abandon();
  }
}

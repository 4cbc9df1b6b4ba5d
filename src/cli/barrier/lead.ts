/**
 * Leads a barrier over the wire of 1.0.1: gathers the parties, publishes
 * `barrier`, and then `success` or `fail` by the parties' answers.
 *
 * Invariant: a party takes a `shutdown` that follows `barrier` for an opened
 * barrier, as 1.0.1's users do. So a leader whose `success` or `fail` may not have
 * reached the server publishes no `shutdown`: the parties run into their timeouts.
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

/** Milliseconds that the answers to the last event have. */
const LAST_ANSWERS = 2_000;
/** Milliseconds that they have where the leader is interrupted: `shutdown` follows them. */
const HURRIED_ANSWERS = 400;

/** What is led, and for how long. */
export interface LeadTerms extends LedTerms {
  /** Milliseconds for all of them to come and to answer. */
  readonly timeout: number;
}

/** Leads a barrier; however it ends, the parties that wait learn of it. */
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

/** Lets the parties go on; fails where `success` was not sent, because the parties still wait. */
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

/** Sends the parties away. */
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

/** Publishes the last event; where the server may not have had it, no `shutdown` follows. */
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

/**
 * Leads a barrier over the wire of 1.0.1: gathers the parties, publishes
 * `barrier`, and then `success` or `fail` by what they have answered.
 *
 * @module
 */
import { Announcer } from "../publish_session.ts";
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

/** What is led, and for how long. */
export interface LeadTerms extends LedTerms {
  /** Milliseconds for all of them to come and to answer. */
  readonly timeout: number;
}

/** Leads a barrier; however it ends, those who wait are told. */
export async function leadBarrier(
  { connection, interrupted, output }: Context,
  terms: LeadTerms,
): Promise<BarrierOutcome> {
  const report = withoutResults(output);
  await using announcer = await Announcer.open(
    { connection, interrupted, output: report },
    terms.name,
  );
  let outcome: BarrierOutcome | undefined;
  try {
    outcome = await meet(announcer, terms, interrupted);
  } finally {
    // After `barrier` a mere `shutdown` would tell them that it is open.
    if (outcome?.type !== "open") await dismiss(announcer, report);
  }
  if (outcome.type === "open") await release(announcer, report);
  return outcome;
}

async function meet(
  announcer: Announcer,
  terms: LeadTerms,
  interrupted: AbortSignal,
): Promise<BarrierOutcome> {
  const parties = new LedParties(terms);
  const begin = performance.now();
  const elapsed = () => performance.now() - begin;
  try {
    const gathered = await announcer.gather({
      count: parties.others,
      complete: (subscribers) => parties.isComplete(subscribers),
      timeout: terms.timeout,
      events: EVENTS,
    });
    if (!gathered) return parties.givenUp("timeout", announcer.subscribers);
    const result = await announcer.tell("barrier", {
      timeout: Math.max(0, terms.timeout - elapsed()),
      signal: interrupted,
    });
    return parties.judge(result, announcer.subscribers, elapsed());
  } catch (error) {
    if (!(error instanceof Interruption)) throw error;
    return parties.givenUp("aborted", announcer.subscribers);
  }
}

/** Lets them go on; fails where that can't be said, as they wait still. */
async function release(announcer: Announcer, report: Report): Promise<void> {
  const { acks, missing } = await announcer.tell("success", {
    timeout: LAST_ANSWERS,
  });
  const name = peerNames([...acks.keys(), ...missing.keys()]);
  for (const id of missing.keys()) {
    report.note(
      line`${paint("yellow", "warning:")} ${
        clip(name(id))
      } did not answer success, and may not know of it`,
    );
  }
}

/** Sends them away. */
async function dismiss(announcer: Announcer, report: Report): Promise<void> {
  try {
    await announcer.tell("fail", { timeout: LAST_ANSWERS });
  } catch (error) {
    report.note(
      line`${paint("yellow", "warning:")} the others were not told: ${
        (error as Error).message
      }`,
    );
  }
}

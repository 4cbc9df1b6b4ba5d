/**
 * What a call of `barrier()` has to say, and how long it leaves to others to say
 * the same.
 *
 * @module
 */
import type { CallDuty } from "../meeting/call.ts";
import type { BarrierView } from "./view.ts";

/** Milliseconds that each leaves to those before it to speak for all. */
const TURN = 20;
const LAST_TURN = 25;
const GIVE_UP_TURN = 2;
/** Milliseconds that a newcomer leaves to the calls that know more. */
const NEWCOMER_DELAY = 50;
/** Milliseconds among which newcomers share out who speaks first: for each that one knows; at least, at most. */
const SHARE = 20;
const LEAST_SHARED = 50;
const MOST_SHARED = 2_000;
/** Milliseconds for each call that waits, in which a `state` answers several newcomers at once, because its length grows with their number. */
const GATHER = 0.2;
/** Milliseconds, twice as many at most, in which several calls are heard before all are answered. */
const BACK_DELAY = 10;
/** Milliseconds that a call which lacks values leaves to a call that may know them all. */
const ASK_DELAY = 500;
/** Milliseconds after which a barrier opens without the values that no call tells. */
const PATIENCE = 2_000;
/** The same for a call that will not wait any longer. */
const LAST_PATIENCE = 200;

/** What there may be to say; an `ask` is a `state` that asks for values. */
export type DutyKind = "enter" | "back" | "state" | "ask" | "open" | "give-up";

/** A duty by its kind. */
export interface Duty extends CallDuty {
  readonly kind: DutyKind;
}

/** The duty of a call that has not heard an entry of its own. */
export const ENTRY: Duty = {
  kind: "enter",
  about: "entry",
  delay: 0,
  isEntry: true,
};

/** How a call is leaving: not, rather with the others than alone, or alone. */
export type Leaving = "no" | "together" | "alone";

/** Whether enough are there, and the call would leave with them. */
export function mayOpen(
  { attendance }: BarrierView,
  leaving: Leaving,
): boolean {
  return attendance.suffices && leaving !== "alone";
}

/**
 * What a call that is not in doubt has to say.
 *
 * @param id The call's id.
 * @param view What it knows.
 * @param leaving How it is leaving.
 * @param random A number from 0 to 1.
 */
export function dutyOf(
  id: string,
  view: BarrierView,
  leaving: Leaving,
  random: () => number,
): Duty | undefined {
  const kind = kindOf(view, leaving);
  if (kind === undefined) return undefined;
  const opening = leaving === "no" ? view.opening : "now";
  return {
    kind,
    about: `${kind} ${view.version} ${opening ?? ""}`,
    delay: delayOf(id, kind, view, leaving, random),
  };
}

/** The duty of a call in doubt: others are back that have not heard of it. */
export function backDuty(version: string, random: () => number): Duty {
  return {
    kind: "back",
    about: `back ${version}`,
    delay: BACK_DELAY * (1 + random()),
  };
}

function kindOf(view: BarrierView, leaving: Leaving): DutyKind | undefined {
  const opens = mayOpen(view, leaving);
  if (leaving !== "no") return opens ? openingKind(view, true) : "give-up";
  if (opens && view.overdue! >= 0) return openingKind(view, false);
  if (view.values.isWanted || !view.roster.isShared) return "state";
  return opens ? "open" : undefined;
}

/** What to say when the parties that are there may leave. */
function openingKind(
  { roster: { members }, values, overdue, hasAsked }: BarrierView,
  isLast: boolean,
): DutyKind {
  if (values.areTooLarge(members)) return "give-up";
  if (values.lacked(members).length === 0) return "open";
  if (values.isWanted) return "state";
  const isPatient = isLast ? !hasAsked : overdue! < PATIENCE;
  return isPatient ? "ask" : "open";
}

function delayOf(
  id: string,
  kind: DutyKind,
  { roster, answered, wasAlone, overdue = 0, hasAsked }: BarrierView,
  leaving: Leaving,
  random: () => number,
): number {
  if (kind === "state" && !answered && !wasAlone) {
    const share = Math.max(LEAST_SHARED, roster.size * SHARE);
    return NEWCOMER_DELAY + Math.min(share, MOST_SHARED) * random();
  }
  // All could say the same; so that one does, the others give it time.
  const turn = Math.min(roster.rank(id), LAST_TURN);
  switch (kind) {
    case "give-up":
      return leaving === "alone" ? 0 : turn * GIVE_UP_TURN;
    case "state":
      return turn * TURN + roster.size * GATHER;
    case "ask":
      return leaving === "no" ? ASK_DELAY + turn * TURN : turn * GIVE_UP_TURN;
    default:
      if (leaving === "no") return Math.max(0, -overdue) + turn * TURN;
      return hasAsked ? LAST_PATIENCE + turn * GIVE_UP_TURN : turn * TURN;
  }
}

/**
 * The rules for peers that answer in the order of the channel, written as plainly
 * as they can be: `SignalLog` and `Correlation` of `src` do the same with rows,
 * counts and bounds. Each rule can be taken out, to show what it prevents.
 *
 * @module
 */

/** Rules that can be taken out. */
export type OrderRule =
  /** A response counts only where one signal alone is possible; without: where the newest is. */
  | "only one"
  /** A response to `initialization` moves the floor to the earliest possible one; without: to the newest. */
  | "earliest"
  /** A signal of unknown outcome is entered once more, as it may be delivered late. */
  | "entered again"
  /** The window keeps the fences of what is in flight. */
  | "pin"
  /** A fence goes out before a signal that could be mistaken for an earlier one. */
  | "fence"
  /** A fence is one `initialization` longer than what may be unanswered before it; without: it is one. */
  | "long enough";

/** What is known of one peer. */
export interface Floor {
  /** The earliest signal that its last response can have been for; -1: any. */
  floor: number;
  /** How many responses by event it may have given, where the floor is older than the window. */
  used: Record<string, number> | undefined;
  /** Whether no response of it came since the last fence that it needed. */
  isSilent: boolean;
}

/** The signals that a response can be for. */
export interface Candidates {
  /** How many are older than the window. */
  readonly older: number;
  /** The others. */
  readonly list: readonly number[];
}

/** Everything that was published. */
export interface Log {
  /**
   * A letter each. `-`: it was not sent after all. A small letter stands for an
   * earlier signal, whose outcome is unknown: that one may be delivered as late
   * as this.
   */
  text: string;
  /** How many are older than the window. */
  horizon: number;
  /** For which earlier signal each small letter stands. */
  again: Readonly<Record<number, number>>;
}

/** What bounds the rules. */
export interface OrderBounds {
  /** Rows of equal events whose order is kept. */
  readonly window: number;
  /** The most `initialization`s that one fence has. */
  readonly maxFence: number;
  /** The most of them for a peer that was silent since the last ones. */
  readonly maxFenceInSilence: number;
  /** Rules that are taken out. */
  readonly without: ReadonlySet<OrderRule>;
}

export const UNKNOWN: Floor = { floor: -1, used: undefined, isSilent: false };

/** The signals that a peer's next response to an event can be for. */
export function candidates(
  log: Log,
  peer: Floor,
  event: string,
  without: ReadonlySet<OrderRule>,
): Candidates {
  const { horizon, text } = log;
  const used = usedOf(log, peer);
  const list: number[] = [];
  const from = used === undefined ? peer.floor + 1 : horizon;
  for (let n = from; n < text.length; n++) {
    const isIgnored = n in log.again && without.has("entered again");
    if (eventOf(text[n]!) === event && !isIgnored) list.push(n);
  }
  const older = used === undefined
    ? 0
    : countOf(text, event, horizon) - (used[event] ?? 0);
  return { older, list };
}

/** Moves a peer's floor because of a response to an event; returns what that can have been for. */
export function take(
  log: Log,
  peer: Floor,
  event: string,
  without: ReadonlySet<OrderRule>,
): Candidates {
  const found = candidates(log, peer, event, without);
  const { older, list } = found;
  peer.isSilent = false;
  if (older > 0) {
    const used = { ...usedOf(log, peer) };
    used[event] = (used[event] ?? 0) + 1;
    peer.used = used;
  } else if (list.length > 0) {
    const isNewest = event === "i" && without.has("earliest");
    peer.floor = list.at(isNewest ? -1 : 0)!;
    peer.used = undefined;
  }
  return found;
}

/** How many `initialization`s must go out before the next signal of an event, for one peer. */
function fenceSize(
  log: Log,
  peer: Floor,
  event: string,
  without: ReadonlySet<OrderRule>,
): number {
  if (without.has("fence")) return 0;
  const { older, list } = candidates(log, peer, event, without);
  if (older + list.length === 0) return 0;
  if (without.has("long enough")) return 1;
  const asked = candidates(log, peer, "i", without);
  const isBelow = usedOf(log, peer) !== undefined;
  const before = asked.list.filter((n) => isBelow || n < list.at(-1)!);
  return asked.older + before.length + 1;
}

/** How many `initialization`s go out: as many as that one of the peers needs which needs most, but for those that need too much. */
export function fenceFor(
  log: Log,
  peers: readonly Floor[],
  event: string,
  { maxFence, maxFenceInSilence, without }: OrderBounds,
): number {
  let longest = 0;
  for (const peer of peers) {
    const size = fenceSize(log, peer, event, without);
    const most = peer.isSilent ? maxFenceInSilence : maxFence;
    if (size === 0 || size > Math.min(most, maxFence)) continue;
    peer.isSilent = true;
    longest = Math.max(longest, size);
  }
  return longest;
}

/**
 * Gives up the order of what is older than the window. Peers whose floor is
 * older keep counts; those off the roster are forgotten.
 *
 * @param pinned The oldest signal whose order must be kept.
 */
export function cut(
  log: Log,
  peers: readonly (Floor & { readonly on: boolean })[],
  { window, without }: OrderBounds,
  pinned: number,
): void {
  if (window === Infinity) return;
  const rows = rowsOf(log);
  if (rows.length < 2 * window || rows.length % window !== 0) return;
  let keep = rows.length - window;
  const isPinned = !without.has("pin");
  while (isPinned && keep > 0 && rows[keep - 1]! > pinned) keep--;
  if (keep === 0) return;
  const before = { ...log };
  log.horizon = rows[keep - 1]!;
  for (const peer of peers) {
    if (usedOf(before, peer) !== undefined) {
      peer.used = usedOf(before, peer);
      peer.floor = -1;
    } else if (peer.floor < log.horizon - 1) {
      // One that is off the roster is forgotten.
      if (!peer.on) peer.isSilent = false;
      peer.used = peer.on ? countsOf(log.text, peer.floor + 1) : {};
      peer.floor = -1;
    }
  }
}

/** The event of an entry, which a small letter names as well. */
export function eventOf(letter: string): string {
  return letter === "e" || letter === "f" ? letter.toUpperCase() : letter;
}

function countOf(text: string, event: string, before: number): number {
  return [...text.slice(0, before)].filter((each) => eventOf(each) === event)
    .length;
}

/** The counts of a peer that is older than the window; one that is unknown has answered nothing. */
function usedOf(
  { horizon }: Log,
  { floor, used }: Floor,
): Record<string, number> | undefined {
  return used ?? (floor === -1 && horizon > 0 ? {} : undefined);
}

function countsOf(text: string, before: number): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const letter of text.slice(0, before)) {
    const event = eventOf(letter);
    counts[event] = (counts[event] ?? 0) + 1;
  }
  return counts;
}

/** The end of each row of equal events within the window: the number of the signal after it. */
function rowsOf({ text, horizon }: Log): number[] {
  const rows: number[] = [];
  for (let n = horizon; n < text.length; n++) {
    if (n > horizon && text[n] === text[n - 1]) rows.pop();
    rows.push(n + 1);
  }
  return rows;
}

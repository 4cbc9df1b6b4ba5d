/**
 * Whether the newest process of an id counts again that answers every signal by
 * the signal itself, and after how many publishes.
 *
 * @module
 */

import type { OwnModel, OwnState } from "./own_model.ts";

const MAX_TRIES = 4;

/** How many publishes it takes; 0 where no process lives, `Infinity` where it never counts. */
export function publishesUntilNewestCounts(
  model: OwnModel,
  state: OwnState,
): number {
  const newest = state.processes.findLastIndex(({ alive }) => alive);
  if (newest < 0) return 0;
  let now: OwnState = { ...state, messages: [] };
  while (now.flights.length > 0) now = model.move(now, "expire 0");
  now.processes.forEach(({ alive }, k) => {
    if (alive && k !== newest) now = model.move(now, `dies ${k}`);
  });
  now = model.move(now, now.open ? "ask" : "init");
  now = deliverAll(model, hearAll(model, now, newest));
  for (let tries = 1; tries <= MAX_TRIES; tries++) {
    now = hearAll(model, model.move(now, "publish"), newest);
    const signal = now.processes[newest]!.pending.at(-1);
    if (signal !== undefined) {
      now = model.move(now, `answer ${newest} ${signal} signal`);
    }
    now = deliverAll(model, now);
    if (now.on && now.flights.length === 0) return tries;
    while (now.flights.length > 0) now = model.move(now, "expire 0");
  }
  return Infinity;
}

function hearAll(model: OwnModel, state: OwnState, k: number): OwnState {
  let now = state;
  while (now.processes[k]!.heard < now.log.length) {
    now = model.move(now, `hear ${k}`);
  }
  return now;
}

function deliverAll(model: OwnModel, state: OwnState): OwnState {
  let now = state;
  while (now.messages.length > 0) now = model.move(now, "deliver 0");
  return now;
}

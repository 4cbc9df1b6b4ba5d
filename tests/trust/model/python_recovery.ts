/**
 * Whether a Python peer that answers everything from now on counts again, and
 * after how many publishes.
 *
 * @module
 */

import { EVENTS, type PythonModel, type PythonState } from "./python_model.ts";

const MAX_TRIES = 12;

/**
 * How many publishes it takes until a peer counts.
 *
 * @param from The first signal that it answers: what was before is lost.
 * @returns `Infinity`: it never does.
 */
export function publishesUntilItCounts(
  model: PythonModel,
  state: PythonState,
  r: number,
  from: number,
): number {
  let now = state;
  if (!now.open) now = model.move(now, "init");
  for (const event of EVENTS) {
    if (now.flights[event]) now = model.move(now, `expire ${event}`);
  }
  now.peers.forEach(({ on }, other) => {
    if (on && other !== r) now = model.move(now, `evict ${other}`);
  });
  now = model.move(now, "ask");
  now.peers[r]!.at = from;
  now = answerAll(model, now, r);
  for (let tries = 1; tries <= MAX_TRIES; tries++) {
    now = answerAll(model, model.move(now, "publish E"), r);
    if (now.flights.E === undefined) return tries;
    now = model.move(now, "expire E");
  }
  return Infinity;
}

function answerAll(
  model: PythonModel,
  state: PythonState,
  r: number,
): PythonState {
  let now = state;
  for (let n = now.peers[r]!.at; n < now.log.text.length; n++) {
    if (now.log.text[n] !== "s") now = model.move(now, `answer ${r} ${n}`);
  }
  return now;
}

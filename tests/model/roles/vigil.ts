/**
 * What every process of an episode reports of itself, whatever its role:
 * standstills of its event loop, errors that nothing has caught, and its link.
 *
 * @module
 */

import { say } from "../lines.ts";

/** Milliseconds from one look at the clock to the next: a standstill between two looks is seen only where it makes the next one late. */
const INTERVAL = 5;
/** Milliseconds by which a look may be late without a word. */
const USUAL = 3;

/** Reports until the process ends. */
export function keepVigil(): void {
  let expected = performance.now() + INTERVAL;
  setInterval(() => {
    const now = performance.now();
    const ms = now - expected;
    if (ms > USUAL) say({ said: "stall", ms });
    expected = now + INTERVAL;
  }, INTERVAL);
  addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    say({ said: "uncaught", error: textOf(event.reason) });
  });
  addEventListener("error", (event) => {
    event.preventDefault();
    say({ said: "uncaught", error: textOf(event.error) });
  });
}

/** Reports what happens to the link of an exporter or responder. */
export function reportLink(peer: EventTarget): void {
  peer.addEventListener("disconnect", () => say({ said: "link", up: false }));
  peer.addEventListener("reconnect", () => say({ said: "link", up: true }));
}

/** An error with its stack. */
export function textOf(error: unknown): string {
  return error instanceof Error ? error.stack ?? error.message : String(error);
}

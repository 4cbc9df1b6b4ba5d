import { assertEquals, assertMatch } from "@std/assert";
import type { StopRequest } from "../../../../src/protocol/extension/stop.ts";
import { StopRequests } from "../../../../src/signals/exporter/inbox/stop_requests.ts";
import { microtasks } from "../../../support/microtasks.ts";

const ID = "vm-1-00000000-0000-4000-8000-000000000000-resp";

function requestOf(key: string, reason = `because of ${key}`): StopRequest {
  return { id: ID, inc: "i1", key, reason };
}

function fixture() {
  const target = new EventTarget();
  const acts: unknown[] = [];
  const logged: string[] = [];
  const receipts: PromiseWithResolvers<void>[] = [];
  const state = { isRunning: true };
  target.addEventListener("stop-requested", (event) => {
    acts.push((event as CustomEvent).detail);
  });
  const log = (message: string) => void logged.push(message);
  const requests = new StopRequests({
    target,
    isRunning: () => state.isRunning,
    confirm({ key }) {
      acts.push(key);
      const receipt = Promise.withResolvers<void>();
      receipts.push(receipt);
      return receipt.promise;
    },
    logger: { debug: log, info: log, warn: log, error: log },
  });
  return { requests, acts, logged, receipts, state };
}

Deno.test("a request is confirmed each time that it arrives, and becomes one event, after the first receipt", () => {
  const { requests, acts, logged } = fixture();
  for (const key of ["a", "a", "b", "a"]) requests.take(requestOf(key));
  const eventOf = (key: string) => ({
    responderId: ID,
    name: "vm-1",
    reason: `because of ${key}`,
  });
  assertEquals(acts, ["a", eventOf("a"), "a", "b", eventOf("b"), "a"]);
  assertEquals(logged, [
    `${ID} asks to stop: because of a`,
    `${ID} asks to stop: because of b`,
  ]);
});

Deno.test("a request to an exporter that has shut down is confirmed and becomes no event, neither then nor in the next run", () => {
  const { requests, acts, state } = fixture();
  state.isRunning = false;
  requests.take(requestOf("a"));
  state.isRunning = true;
  requests.take(requestOf("a"));
  assertEquals(acts, ["a", "a"]);
});

Deno.test("while 1,000 receipts are on their way a further request is left out, until its sender sends it again", async () => {
  const { requests, acts, logged, receipts } = fixture();
  for (let n = 0; n < 1_001; n++) requests.take(requestOf(`${n}`));
  assertEquals(receipts.length, 1_000);
  receipts[0]!.resolve();
  receipts[1]!.reject(new Error("it was not sent"));
  await microtasks();
  assertMatch(logged.at(-1)!, /^Could not confirm .*: it was not sent$/);
  acts.length = 0;
  requests.take(requestOf("1000"));
  assertEquals(acts.length, 2);
});

import { assert, assertEquals, assertRejects } from "@std/assert";
import { KeyedMutex, type Unlock } from "../../src/internal/keyed_mutex.ts";
import { stillPending } from "../support/still_pending.ts";

/** A turn that others were before. */
function promised(turn: Unlock | Promise<Unlock>): Promise<Unlock> {
  if (typeof turn === "function") throw new Error("Nobody was before");
  return turn;
}

/** A turn that nobody was before. */
function atOnce(turn: Unlock | Promise<Unlock>): Unlock {
  if (turn instanceof Promise) throw new Error("Somebody was before");
  return turn;
}

Deno.test("a turn that nobody was before is taken at once", () => {
  const mutex = new KeyedMutex();
  const end = atOnce(mutex.lock("a"));
  atOnce(mutex.lock("b"))();
  end();
  atOnce(mutex.lock("a"))();
});

Deno.test("turns of one key follow each other in the order of asking", async () => {
  const mutex = new KeyedMutex();
  const first = atOnce(mutex.lock("a"));
  const second = promised(mutex.lock("a"));
  const third = promised(mutex.lock("a"));
  assert(await stillPending(second, 0));
  first();
  const endSecond = await second;
  assert(await stillPending(third, 0));
  endSecond();
  (await third)();
  atOnce(mutex.lock("a"))();
});

Deno.test("who leaves the line lets nobody past who is before", async () => {
  const reason = new Error("enough");
  const abort = new AbortController();
  const mutex = new KeyedMutex();
  const first = atOnce(mutex.lock("a"));
  const second = promised(mutex.lock("a", abort.signal));
  const third = promised(mutex.lock("a"));
  const left = assertRejects(() => second);
  abort.abort(reason);
  assertEquals(await left, reason);
  assert(await stillPending(third, 0));
  first();
  (await third)();
  atOnce(mutex.lock("a"))();
});

Deno.test("who left the line first of all leaves it as it was", async () => {
  const mutex = new KeyedMutex();
  const first = atOnce(mutex.lock("a"));
  const left = promised(mutex.lock("a", AbortSignal.abort()));
  await assertRejects(() => left, DOMException);
  const next = promised(mutex.lock("a", new AbortController().signal));
  first();
  (await next)();
  atOnce(mutex.lock("a"))();
});

import { assert, assertEquals, assertRejects } from "@std/assert";
import { type EndTurn, Turns } from "../../src/internal/turns.ts";
import { stillPending } from "../support/still_pending.ts";

/** A turn that others were before. */
function promised(turn: EndTurn | Promise<EndTurn>): Promise<EndTurn> {
  if (typeof turn === "function") throw new Error("Nobody was before");
  return turn;
}

/** A turn that nobody was before. */
function atOnce(turn: EndTurn | Promise<EndTurn>): EndTurn {
  if (turn instanceof Promise) throw new Error("Somebody was before");
  return turn;
}

Deno.test("a turn that nobody was before is taken at once", () => {
  const turns = new Turns();
  const end = atOnce(turns.take("a"));
  atOnce(turns.take("b"))();
  end();
  atOnce(turns.take("a"))();
});

Deno.test("turns of one key follow each other in the order of asking", async () => {
  const turns = new Turns();
  const first = atOnce(turns.take("a"));
  const second = promised(turns.take("a"));
  const third = promised(turns.take("a"));
  assert(await stillPending(second, 0));
  first();
  const endSecond = await second;
  assert(await stillPending(third, 0));
  endSecond();
  (await third)();
  atOnce(turns.take("a"))();
});

Deno.test("who leaves the line lets nobody past who is before", async () => {
  const reason = new Error("enough");
  const abort = new AbortController();
  const turns = new Turns();
  const first = atOnce(turns.take("a"));
  const second = promised(turns.take("a", abort.signal));
  const third = promised(turns.take("a"));
  const left = assertRejects(() => second);
  abort.abort(reason);
  assertEquals(await left, reason);
  assert(await stillPending(third, 0));
  first();
  (await third)();
  atOnce(turns.take("a"))();
});

Deno.test("who left the line first of all leaves it as it was", async () => {
  const turns = new Turns();
  const first = atOnce(turns.take("a"));
  const left = promised(turns.take("a", AbortSignal.abort()));
  await assertRejects(() => left, DOMException);
  const next = promised(turns.take("a", new AbortController().signal));
  first();
  (await next)();
  atOnce(turns.take("a"))();
});

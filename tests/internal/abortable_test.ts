import { assertEquals, assertRejects } from "@std/assert";
import { abortable } from "../../src/internal/abortable.ts";

const REASON = new Error("enough");

Deno.test("abortable settles as the promise does", async () => {
  const { signal } = new AbortController();
  assertEquals(await abortable(Promise.resolve(1), undefined), 1);
  assertEquals(await abortable(Promise.resolve(2), signal), 2);
  const failed = new Error("failed");
  for (const each of [undefined, signal]) {
    const waiting = abortable(Promise.reject(failed), each);
    assertEquals(await assertRejects(() => waiting), failed);
  }
});

Deno.test("abortable ends the wait when its signal aborts", async () => {
  const abort = new AbortController();
  const waiting = abortable(new Promise(() => {}), abort.signal);
  abort.abort(REASON);
  assertEquals(await assertRejects(() => waiting), REASON);
});

Deno.test("abortable does not begin where its signal has aborted", async () => {
  const waiting = abortable(Promise.resolve(1), AbortSignal.abort(REASON));
  assertEquals(await assertRejects(() => waiting), REASON);
});

Deno.test("abortable handles a rejection after its signal has aborted", async () => {
  const late = Promise.withResolvers<never>();
  const waiting = abortable(late.promise, AbortSignal.abort(REASON));
  assertEquals(await assertRejects(() => waiting), REASON);
  // Unhandled, this would end the test run.
  late.reject(new Error("late"));
  await Promise.resolve();
});

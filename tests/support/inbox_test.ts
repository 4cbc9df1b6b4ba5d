import { assertEquals, assertRejects } from "@std/assert";
import { Inbox } from "./inbox.ts";

Deno.test("take() resolves in order with items from before and after the call", async () => {
  const inbox = new Inbox<number>();
  inbox.put(1);
  const taken = [1, 2, 3].map(() => inbox.take({ what: "a number" }));
  inbox.put(2);
  inbox.put(3);
  assertEquals(await Promise.all(taken), [1, 2, 3]);
});

Deno.test("a take() that timed out does not take a later item", async () => {
  const inbox = new Inbox<string>();
  await assertRejects(() => inbox.take({ timeout: 10, what: "a word" }));
  inbox.put("late");
  assertEquals(inbox.drain(), ["late"]);
});

Deno.test("take() of an inbox that failed yields the remaining items, then the reason", async () => {
  const inbox = new Inbox<string>();
  inbox.put("last");
  inbox.fail(new Error("all gone"));
  assertEquals(await inbox.take({ what: "the last" }), "last");
  await assertRejects(() => inbox.take({ what: "more" }), Error, "all gone");
});

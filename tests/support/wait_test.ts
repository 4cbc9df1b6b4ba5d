import { assertEquals, assertRejects } from "@std/assert";
import { eventOf, until, within } from "./wait.ts";

Deno.test("until() resolves with the first truthy answer", async () => {
  let asked = 0;
  const answer = await until(() => ++asked >= 3 && `${asked} times`, {
    what: "the third time",
  });
  assertEquals(answer, "3 times");
});

Deno.test("until() is rejected with its description at the deadline", async () => {
  await assertRejects(
    () => until(() => Promise.resolve(0), { timeout: 20, what: "a miracle" }),
    Error,
    "Waited 20 ms in vain for a miracle",
  );
});

Deno.test("until() is rejected with the error of the question", async () => {
  const failing = () => Promise.reject(new RangeError("out of reach"));
  await assertRejects(
    () => until(failing, { what: "nothing" }),
    RangeError,
    "out of reach",
  );
});

Deno.test("within() is rejected at the deadline when the promise does not settle", async () => {
  await assertRejects(
    () => within(new Promise(() => {}), { timeout: 20, what: "never" }),
    Error,
    "in vain for never",
  );
});

Deno.test("eventOf() resolves with the next event of its type", async () => {
  const target = new EventTarget();
  const event = eventOf<CustomEvent<number>>(target, "right");
  target.dispatchEvent(new CustomEvent("wrong", { detail: 1 }));
  target.dispatchEvent(new CustomEvent("right", { detail: 2 }));
  assertEquals((await event).detail, 2);
});

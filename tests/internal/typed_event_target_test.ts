import { assertEquals } from "@std/assert";
import {
  emit,
  TypedEventTarget,
} from "../../src/internal/typed_event_target.ts";

interface Events {
  number: CustomEvent<{ value: number }>;
}

Deno.test("a listener gets the events of its type, with their detail", () => {
  const target = new TypedEventTarget<Events>();
  const seen: number[] = [];
  target.addEventListener("number", ({ detail }) => {
    const { value }: { value: number } = detail;
    seen.push(value);
  });
  const object = {
    handleEvent: (event: Events["number"]) => seen.push(-event.detail.value),
  };
  target.addEventListener("number", object);
  target.addEventListener("number", null);
  emit(target, "number", { value: 1 });
  emit(target, "other", { value: 2 });
  target.removeEventListener("number", object);
  emit(target, "number", { value: 3 });
  assertEquals(seen, [1, -1, 3]);
});

Deno.test("a listener may be called once, or until its signal aborts", () => {
  const target = new TypedEventTarget<Events>();
  const abort = new AbortController();
  const seen: string[] = [];
  target.addEventListener("number", () => seen.push("once"), { once: true });
  target.addEventListener("number", () => seen.push("signal"), {
    signal: abort.signal,
  });
  emit(target, "number", { value: 1 });
  emit(target, "number", { value: 1 });
  abort.abort();
  emit(target, "number", { value: 1 });
  assertEquals(seen, ["once", "signal", "signal"]);
});

Deno.test("an event whose type was never listened to is not made", () => {
  const target = new TypedEventTarget<Events>();
  let dispatched = 0;
  target.dispatchEvent = () => ++dispatched > 0;
  emit(target, "number", { value: 1 });
  assertEquals(dispatched, 0);
  target.addEventListener("number", () => {});
  emit(target, "number", { value: 2 });
  emit(target, "other", { value: 3 });
  assertEquals(dispatched, 1);
  const plain = new EventTarget();
  plain.dispatchEvent = () => ++dispatched > 0;
  emit(plain, "number", { value: 4 });
  assertEquals(dispatched, 2);
});

Deno.test("the compiler knows the event types and their details", () => {
  const target = new TypedEventTarget<Events>();
  // @ts-expect-error: there is no such event
  target.addEventListener("nmuber", () => {});
  // @ts-expect-error: the detail holds a number
  target.addEventListener("number", ({ detail }) => detail.value.length);
});

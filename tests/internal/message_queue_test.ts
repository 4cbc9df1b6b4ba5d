import { assertEquals, assertRejects } from "@std/assert";
import {
  MessageQueue,
  type MessageQueueOptions,
} from "../../src/internal/message_queue.ts";
import { stillPending } from "../support/still_pending.ts";

function queueOf<T>(
  items: T[],
  options: Partial<MessageQueueOptions<T>> = {},
): MessageQueue<T> {
  const queue = new MessageQueue<T>({ capacity: 10, ...options });
  for (const item of items) queue.push(item);
  return queue;
}

async function rest<T>(queue: MessageQueue<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of queue) items.push(item);
  return items;
}

Deno.test("MessageQueue yields what was pushed, before and after it was asked", async () => {
  const queue = queueOf([1, 2]);
  assertEquals(await queue.next(), { done: false, value: 1 });
  assertEquals(await queue.next(), { done: false, value: 2 });
  const [third, fourth] = [queue.next(), queue.next()];
  assertEquals(await stillPending(third, 0), true);
  queue.push(3);
  queue.push(4);
  assertEquals((await third).value, 3);
  assertEquals((await fourth).value, 4);
});

Deno.test("MessageQueue yields what is waiting before it ends", async () => {
  const queue = queueOf([1, 2]);
  queue.end();
  queue.push(3);
  assertEquals(await rest(queue), [1, 2]);
  assertEquals((await queue.next()).done, true);
});

Deno.test("MessageQueue yields what is waiting before it fails, once", async () => {
  const cause = new Error("lost");
  const queue = queueOf([1]);
  queue.fail(cause);
  queue.fail(new Error("later"));
  assertEquals((await queue.next()).value, 1);
  assertEquals(await assertRejects(() => queue.next()), cause);
  assertEquals((await queue.next()).done, true);
});

Deno.test("MessageQueue aborts at once and hands back the rest", async () => {
  const cause = new Error("enough");
  const done: number[][] = [];
  const queue = queueOf([1, 2, 3], {
    onDone: (rest) => done.push(rest.map(({ item }) => item)),
  });
  assertEquals((await queue.next()).value, 1);
  queue.abort(cause);
  assertEquals(done, [[2, 3]]);
  assertEquals(await assertRejects(() => queue.next()), cause);
  assertEquals((await queue.next()).done, true);
  await queue.return();
  assertEquals(done.length, 1);
});

Deno.test("MessageQueue tells one waiting consumer of the failure, the others of the end", async () => {
  const cause = new Error("lost");
  const queue = queueOf<number>([]);
  const waiting = [queue.next(), queue.next(), queue.next()];
  const first = assertRejects(() => waiting[0]!);
  queue.fail(cause);
  assertEquals(await first, cause);
  assertEquals((await waiting[1]!).done, true);
  assertEquals((await waiting[2]!).done, true);
  assertEquals((await queue.next()).done, true);
});

Deno.test("MessageQueue ends waiting consumers when one of them leaves", async () => {
  const done: number[][] = [];
  const queue = queueOf<number>([], {
    onDone: (rest) => done.push(rest.map(({ item }) => item)),
  });
  const waiting = queue.next();
  assertEquals(await queue.return(), { done: true, value: undefined });
  assertEquals((await waiting).done, true);
  assertEquals(done, [[]]);
});

Deno.test("MessageQueue hands back what a consumer that left did not take", async () => {
  const done: number[][] = [];
  const queue = queueOf([1, 2, 3], {
    onDone: (rest) => done.push(rest.map(({ item }) => item)),
  });
  for await (const _ of queue) break;
  assertEquals(done, [[2, 3]]);
  queue.push(4);
  assertEquals((await queue.next()).done, true);
});

Deno.test("MessageQueue drops the oldest when it is full, and says so", async () => {
  const dropped: number[] = [];
  const queue = queueOf([1, 2, 3, 4, 5], {
    capacity: 2,
    onOverflow: (item) => dropped.push(item),
  });
  assertEquals(dropped, [1, 2, 3]);
  queue.end();
  assertEquals(await rest(queue), [4, 5]);
});

Deno.test("MessageQueue passes over what is not accepted when it is handed out", async () => {
  let even = true;
  const queue = queueOf([1, 2, 3, 4], {
    accepts: (item) => (item % 2 === 0) === even,
  });
  assertEquals((await queue.next()).value, 2);
  even = false;
  assertEquals((await queue.next()).value, 3);
  const next = queue.next();
  queue.push(6);
  assertEquals(await stillPending(next, 0), true);
  queue.push(7);
  assertEquals((await next).value, 7);
});

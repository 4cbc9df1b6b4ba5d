import { assertEquals, assertRejects } from "@std/assert";
import type { Signal } from "../../../src/protocol/signal/signal.ts";
import {
  SignalFeed,
  type SignalFeedOptions,
} from "../../../src/signals/responder/signal_feed.ts";

function sample(sampleNo: number): Signal {
  return {
    publisherId: "fio-1",
    processName: "fio",
    event: "sample",
    runnerHost: "here",
    sampleNo,
    tag: "",
  };
}

function feedOf(
  samples: number[],
  options: Partial<SignalFeedOptions> = {},
): SignalFeed {
  const feed = new SignalFeed({
    capacity: 10,
    onOverflow: () => {},
    accepts: () => true,
    ...options,
  });
  for (const each of samples) feed.push(sample(each), 1);
  return feed;
}

/** The remaining signals of a feed that has ended. */
async function samples(signals: AsyncIterable<Signal>): Promise<unknown[]> {
  const seen: unknown[] = [];
  for await (const { sampleNo } of signals) seen.push(sampleNo);
  return seen;
}

Deno.test("only the first listener gets the signals from before it", async () => {
  const feed = feedOf([1, 2]);
  const [first, second] = [feed.listen(), feed.listen()];
  feed.push(sample(3), 1);
  feed.end();
  assertEquals(await samples(first), [1, 2, 3]);
  assertEquals(await samples(second), [3]);
});

Deno.test("signals that the last listener leaves go to the next listener", async () => {
  const feed = feedOf([1, 2]);
  await feed.listen().return();
  feed.push(sample(3), 1);
  const next = feed.listen();
  feed.end();
  assertEquals(await samples(next), [1, 2, 3]);
});

Deno.test("signals that a listener leaves while others stay are dropped", async () => {
  const feed = feedOf([]);
  const [leaves, stays] = [feed.listen(), feed.listen()];
  feed.push(sample(1), 1);
  await leaves.return();
  await stays.return();
  const next = feed.listen();
  feed.end();
  assertEquals(await samples(next), [1]);
});

Deno.test("each full queue drops its oldest signal, with or without a listener", async () => {
  const dropped: unknown[] = [];
  const feed = feedOf([1, 2, 3], {
    capacity: 2,
    onOverflow: ({ sampleNo }) => dropped.push(sampleNo),
  });
  assertEquals(dropped, [1]);
  const [first, second] = [feed.listen(), feed.listen()];
  feed.push(sample(4), 1);
  feed.push(sample(5), 1);
  feed.push(sample(6), 1);
  assertEquals(dropped, [1, 2, 3, 4, 4]);
  feed.end();
  assertEquals(await samples(first), [5, 6]);
  assertEquals(await samples(second), [5, 6]);
});

Deno.test("`accepts` is called when a signal is yielded, not when it is queued", async () => {
  let least = 9;
  const told: unknown[] = [];
  const feed = feedOf([1, 2, 3], {
    accepts: ({ sampleNo }, isShared) => {
      told.push(sampleNo, isShared);
      return sampleNo >= least;
    },
  });
  const listener = feed.listen();
  least = 2;
  feed.end();
  assertEquals(await samples(listener), [2, 3]);
  assertEquals(told, [1, false, 2, false, 3, false]);
});

Deno.test("a feed that failed rejects every listener after its queued signals, also a later one", async () => {
  const cause = new Error("lost");
  const feed = feedOf([1]);
  const early = feed.listen();
  feed.end(cause);
  feed.end(new Error("later"));
  assertEquals((await early.next()).value?.sampleNo, 1);
  assertEquals(await assertRejects(() => early.next()), cause);
  const late = feed.listen();
  assertEquals(await assertRejects(() => late.next()), cause);
});

Deno.test("signals from before the end go to a listener that comes after the end", async () => {
  const feed = feedOf([1, 2]);
  feed.end();
  assertEquals(await samples(feed.listen()), [1, 2]);
  assertEquals(await samples(feed.listen()), []);
});

Deno.test("a listener that was aborted leaves its signals to the next listener", async () => {
  const reason = new Error("enough");
  const feed = feedOf([1]);
  const never = feed.listen(AbortSignal.abort(reason));
  assertEquals(await assertRejects(() => never.next()), reason);
  const abort = new AbortController();
  const aborted = feed.listen(abort.signal);
  abort.abort(reason);
  assertEquals(await assertRejects(() => aborted.next()), reason);
  const next = feed.listen();
  feed.end();
  assertEquals(await samples(next), [1]);
});

Deno.test("a listener that left no longer listens to its abort signal", async () => {
  const abort = new AbortController();
  const feed = feedOf([1, 2]);
  const left = feed.listen(abort.signal);
  let released = 0;
  const { signal } = abort;
  signal.removeEventListener = () => released++;
  await left.return();
  assertEquals(released, 1);
  abort.abort();
  assertEquals((await left.next()).done, true);
  feed.end();
  assertEquals(await samples(feed.listen()), [1, 2]);
});

Deno.test("a queue holds 64 MiB of characters, or one signal of any length", async () => {
  const dropped: unknown[] = [];
  const mebibytes = (count: number) => count * 1024 * 1024;
  const feed = feedOf([], {
    onOverflow: ({ sampleNo }) => dropped.push(sampleNo),
  });
  feed.push(sample(1), mebibytes(40));
  feed.push(sample(2), mebibytes(24));
  assertEquals(dropped, []);
  feed.push(sample(3), mebibytes(30)); // without a listener
  assertEquals(dropped, [1]);
  const listener = feed.listen();
  feed.push(sample(4), mebibytes(20)); // with one
  assertEquals(dropped, [1, 2]);
  feed.push(sample(5), mebibytes(100));
  assertEquals(dropped, [1, 2, 3, 4]);
  feed.end();
  assertEquals(await samples(listener), [5]);
});

import { assertEquals, assertRejects } from "@std/assert";
import { leveledLogger } from "../../src/internal/logger.ts";
import { Publishes } from "../../src/signals/publishes.ts";

const WAIT = { timeout: Infinity };

function answerOf(event: string, responderId: string, ras?: number) {
  return {
    responderId,
    publisherId: "fio-1",
    event,
    ...(ras === undefined ? {} : { ras }),
  };
}

function quiet(target = new EventTarget()): Publishes {
  return new Publishes(
    target,
    leveledLogger(undefined, "CRITICAL"),
    () => Promise.resolve(true),
  );
}

Deno.test("a publish whose turn it is sends before anything else runs", () => {
  const publishes = quiet();
  const sent: string[] = [];
  const send = (what: string) => () => {
    sent.push(what);
    return Promise.resolve(0);
  };
  const results = [
    publishes.exchange("a", () => [], WAIT, send("a")),
    publishes.exchange("b", () => [], WAIT, send("b")),
    publishes.exchange("a", () => [], WAIT, send("a again")),
  ];
  assertEquals(sent, ["a", "b"]);
  return Promise.all(results).then(() =>
    assertEquals(sent, ["a", "b", "a again"])
  );
});

Deno.test("an answer that is quicker than the send counts", async () => {
  const publishes = quiet();
  const { code } = await publishes.exchange("a", () => ["r"], WAIT, () => {
    publishes.take(answerOf("a", "r", 1));
    return Promise.resolve(1);
  });
  assertEquals(code, 0);
});

Deno.test("who owes an answer is asked when the turn has come", async () => {
  const publishes = quiet();
  let subscribers = ["r"];
  const first = publishes.exchange(
    "a",
    () => subscribers,
    WAIT,
    () => Promise.resolve(1),
  );
  const second = publishes.exchange(
    "a",
    () => subscribers,
    WAIT,
    () => Promise.resolve(0),
  );
  subscribers = [];
  publishes.take(answerOf("a", "r", 1));
  assertEquals([...(await first).acks.keys()], ["r"]);
  assertEquals([...(await second).acks.keys()], []);
});

Deno.test("a turn that is refused is passed on", async () => {
  const publishes = quiet();
  const send = () => Promise.resolve(0);
  await assertRejects(
    () =>
      publishes.exchange(
        "a",
        () => {
          throw new Error("shut down");
        },
        WAIT,
        send,
      ),
    Error,
    "shut down",
  );
  assertEquals((await publishes.exchange("a", () => [], WAIT, send)).code, 0);
});

Deno.test("every answer is told of, and what is not counted is counted apart", async () => {
  const target = new EventTarget();
  const told: unknown[] = [];
  for (const type of ["ack", "stray"]) {
    target.addEventListener(type, (event) => {
      const { responderId, reason } = (event as CustomEvent).detail;
      told.push([type, responderId, reason]);
    });
  }
  const publishes = quiet(target);
  const owing = () => ["r", "s"];
  const send = () => Promise.resolve(2);
  publishes.take(answerOf("a", "early", 1));
  const running = publishes.exchange("a", owing, WAIT, send);
  publishes.take(answerOf("a", "r"));
  publishes.take(answerOf("a", "r", 1));
  publishes.take(answerOf("a", "r", 1));
  publishes.take(answerOf("a", "r", 0));
  publishes.take(answerOf("a", "stranger", 0));
  publishes.take(answerOf("b", "r", 1));
  publishes.take(answerOf("a", "s", 1));
  assertEquals((await running).code, 0);
  publishes.take(answerOf("a", "s", 1));
  assertEquals(told, [
    ["stray", "early", "late"],
    ["ack", "r", undefined],
    ["stray", "r", "duplicate"],
    ["stray", "r", "conflict"],
    ["stray", "stranger", "unknown"],
    ["stray", "r", "late"],
    ["ack", "s", undefined],
    ["stray", "s", "late"],
  ]);
  assertEquals(publishes.strays, {
    duplicate: 1,
    conflict: 1,
    unknown: 1,
    late: 3,
  });
});

Deno.test("a publish that nobody owes an answer takes none", async () => {
  const publishes = quiet();
  const sending = Promise.withResolvers<number>();
  const running = publishes.send(WAIT, () => sending.promise);
  publishes.take(answerOf("a", "r", 1));
  sending.resolve(3);
  const { code, acks, receivers } = await running;
  assertEquals([code, acks.size, receivers], [0, 0, 3]);
  assertEquals(publishes.strays.late, 1);
});

Deno.test("the end and the disturbance of the link reach every publish", async () => {
  const publishes = quiet();
  const send = () => Promise.resolve(1);
  const running = [
    publishes.exchange("a", () => ["r"], { timeout: 1 }, send),
    publishes.exchange("b", () => ["r"], WAIT, send),
  ];
  publishes.down();
  assertEquals((await running[0])?.missing.get("r"), "disconnected");
  publishes.end("closed");
  assertEquals((await running[1])?.missing.get("r"), "closed");
});

Deno.test("a publish that begins while the link is down may lose its answers, a later one not", async () => {
  const publishes = quiet();
  const missingOf = async (event: string) => {
    const wait = { timeout: 1 };
    const send = () => Promise.resolve(1);
    const result = await publishes.exchange(event, () => ["r"], wait, send);
    return result.missing.get("r");
  };
  publishes.down();
  const during = missingOf("a");
  publishes.up();
  const after = missingOf("b");
  assertEquals(await during, "disconnected");
  assertEquals(await after, "timeout");
});

import { assertEquals, assertRejects } from "@std/assert";
import { leveledLogger } from "../../../src/internal/logger.ts";
import type { Response } from "../../../src/protocol/response/response.ts";
import { Correlation } from "../../../src/signals/exporter/correlation.ts";
import { Publishes } from "../../../src/signals/exporter/in_flight.ts";
import { Roster } from "../../../src/signals/exporter/roster.ts";
import type {
  Outgoing,
  Unanswered,
} from "../../../src/signals/exporter/unanswered.ts";
import type { Receipt } from "../../../src/transport/transport.ts";
import { microtasks } from "../../support/microtasks.ts";
import { sendingBy } from "../../support/receipts.ts";
import { stillPending } from "../../support/still_pending.ts";

const WAIT = { timeout: Infinity };

function answerOf(
  event: string,
  responderId: string,
  ras?: number,
  id?: string,
): Response {
  return {
    responderId,
    publisherId: "fio-1",
    event,
    ...(ras === undefined ? {} : { ras }),
    ...(id === undefined ? {} : { extension: { id } }),
  };
}

interface Fixture {
  readonly publishes: Publishes;
  /** Everybody's payload so far; each carries the ticket that it was given. */
  readonly sent: string[];
  /** What was told of answers: type, responder, reason. */
  readonly told: unknown[][];
  /** Publishes an event to whoever is on the roster. */
  publish(
    event: string,
    more?: Partial<Outgoing>,
  ): ReturnType<Publishes["exchange"]>;
  readonly roster: Roster;
}

/** A roster of peers of 1.0.1, and of our own where their id says so. */
function fixture(...subscribers: string[]): Fixture {
  const target = new EventTarget();
  const told: unknown[][] = [];
  for (const type of ["ack", "progress", "stray"]) {
    target.addEventListener(type, (event) => {
      const { responderId, reason } = (event as CustomEvent).detail;
      told.push([type, responderId, reason]);
    });
  }
  const roster = new Roster();
  for (const responderId of subscribers) join(roster, responderId);
  const publishes = new Publishes(
    target,
    leveledLogger(undefined, "CRITICAL"),
    new Correlation(roster, true),
  );
  const sent: string[] = [];
  const publish: Fixture["publish"] = (event, more) =>
    publishes.exchange({
      event,
      wait: WAIT,
      begin: () => roster.current,
      encode: (ticket) => `${event} ${ticket?.id ?? "bare"}`,
      send: (payload, _wait, receipt) => {
        sent.push(payload);
        receipt.sent(roster.members.size);
      },
      ...more,
    });
  return { publishes, sent, told, publish, roster };
}

function join(roster: Roster, responderId: string): void {
  roster.add(responderId);
  if (responderId.startsWith("ours")) roster.peer(responderId)!.learn({});
}

Deno.test("a publish whose turn it is sends before anything else runs", async () => {
  const { publishes, publish, sent } = fixture("r");
  const results = [publish("a"), publish("b"), publish("a")];
  assertEquals(sent, ["a bare", "b bare"]);
  publishes.take(answerOf("a", "r", 1));
  publishes.take(answerOf("b", "r", 1));
  await results[0];
  await results[1];
  assertEquals(await stillPending(results[2]!, 0), true);
  assertEquals(sent, ["a bare", "b bare", "a bare"]);
  publishes.take(answerOf("a", "r", 1));
  assertEquals((await results[2]!).code, 0);
});

Deno.test("where every answer tells which signal it is for, nobody waits for a turn", async () => {
  const { publishes, publish, sent } = fixture("ours");
  const results = [publish("a"), publish("a"), publish("a")];
  assertEquals(sent, ["a 1", "a 2", "a 3"]);
  publishes.take(answerOf("a", "ours", 0, "3"));
  publishes.take(answerOf("a", "ours", 1, "1"));
  assertEquals((await results[2]!).code, 1);
  assertEquals((await results[0]!).code, 0);
  assertEquals(await stillPending(results[1]!, 0), true);
  publishes.take(answerOf("a", "ours", 1, "2"));
  assertEquals((await results[1]!).code, 0);
});

Deno.test("one who can't tell is enough to make all wait for their turns", () => {
  const { publish, publishes, sent } = fixture("ours", "r");
  publish("a");
  publish("a");
  assertEquals(sent, ["a 1"]);
  publishes.end("closed");
});

Deno.test("an answer without a ticket is for the publish that its sender owes", async () => {
  const { publish, publishes, roster, sent, told } = fixture("ours");
  const before = publish("a");
  join(roster, "r");
  const after = publish("a");
  assertEquals(sent, ["a 1", "a 2"]);
  publishes.take(answerOf("a", "r", 1));
  publishes.take(answerOf("a", "ours", 1, "2"));
  assertEquals([...(await after).acks.keys()], ["r", "ours"]);
  publishes.take(answerOf("a", "ours", 1, "1"));
  assertEquals((await before).code, 0);
  assertEquals(told.map(([type]) => type), ["ack", "ack", "ack"]);
});

Deno.test("an answer that is quicker than the send counts", async () => {
  const { publish, publishes } = fixture("r");
  const { code } = await publish("a", {
    send: (_payload, _wait, receipt) => {
      publishes.take(answerOf("a", "r", 1));
      receipt.sent(1);
    },
  });
  assertEquals(code, 0);
});

Deno.test("who owes an answer is asked when the turn has come", async () => {
  const { publish, publishes, roster } = fixture("r");
  const first = publish("a");
  const second = publish("a");
  roster.clear();
  publishes.take(answerOf("a", "r", 1));
  assertEquals([...(await first).acks.keys()], ["r"]);
  assertEquals([...(await second).acks.keys()], []);
});

Deno.test("a turn that is refused is passed on", async () => {
  const { publish, publishes } = fixture("r");
  const begin = () => {
    throw new Error("shut down");
  };
  await assertRejects(() => publish("a", { begin }), Error, "shut down");
  const next = publish("a");
  publishes.take(answerOf("a", "r", 1));
  assertEquals((await next).code, 0);
});

for (const subscriber of ["r", "ours"]) {
  for (const step of ["begin", "encode"]) {
    Deno.test(`a ${step}() that throws fails its publish alone, with ${subscriber} on the roster`, async () => {
      const { publish, publishes, sent } = fixture(subscriber);
      const failed = publish("a", {
        [step]: () => {
          throw Object.assign(new Error("broken"), { outcome: "not-sent" });
        },
      });
      await assertRejects(() => failed, Error, "broken");
      assertEquals([...publishes.unanswered], []);
      const next = publish("a");
      const id = sent[0]!.split(" ")[1]!;
      const ticket = id === "bare" ? undefined : id;
      publishes.take(answerOf("a", subscriber, 1, ticket));
      assertEquals((await next).code, 0);
    });
  }
}

Deno.test("an abort without a reason fails its publish alone", async () => {
  const { publish, publishes } = fixture("r");
  const abort = new AbortController();
  const wait = { timeout: Infinity, signal: abort.signal };
  const aborted = publish("a", { wait }).then(() => "done", (error) => error);
  abort.abort(null);
  assertEquals(await aborted, null);
  assertEquals([...publishes.unanswered], []);
});

Deno.test("what was not sent leaves no debt, and its ticket to the next", async () => {
  const { publish, publishes, sent } = fixture("ours", "r");
  const unsent = Object.assign(new Error("down"), { outcome: "not-sent" });
  const send = sendingBy(() => Promise.reject(unsent));
  await assertRejects(() => publish("a", { send }), Error, "down");
  const next = publish("a");
  assertEquals(sent, ["a 1"]);
  publishes.take(answerOf("a", "r", 1));
  publishes.take(answerOf("a", "ours", 1, "1"));
  assertEquals((await next).code, 0);
});

/** A publish that its caller gives up, and what its transport can still say of it. */
async function givenUp({ publish }: Fixture): Promise<Receipt> {
  const abort = new AbortController();
  // Whatever the reason says, it is not about this publish.
  const reason = Object.assign(new Error("x"), { outcome: "not-sent" });
  let receipt: Receipt | undefined;
  const publishing = publish("a", {
    wait: { timeout: Infinity, signal: abort.signal },
    send: (_payload, _wait, own) => receipt = own,
  });
  abort.abort(reason);
  assertEquals(await assertRejects(() => publishing), reason);
  return receipt!;
}

const late = (outcome: string) => Object.assign(new Error("late"), { outcome });

for (
  const [says, tell, next] of [
    [
      "leaves its ticket to the next where it was not sent",
      (receipt: Receipt) => receipt.failed(late("not-sent")),
      "1",
    ],
    [
      "keeps its ticket where nobody can tell",
      (receipt: Receipt) => receipt.failed(late("unknown")),
      "2",
    ],
    [
      "keeps its ticket where it was confirmed",
      (receipt: Receipt) => receipt.sent(1),
      "2",
    ],
  ] as const
) {
  Deno.test(`a publish that was given up ${says}`, async () => {
    const stage = fixture("ours");
    tell(await givenUp(stage));
    stage.publish("a");
    assertEquals(stage.sent, [`a ${next}`]);
  });

  Deno.test(`who does not name tickets owes an answer to what was given up and ${says}, or does not`, async () => {
    const stage = fixture("r");
    tell(await givenUp(stage));
    const publishing = stage.publish("a");
    stage.publishes.take(answerOf("a", "r", 1));
    assertEquals(await stillPending(publishing), next === "2");
    stage.publishes.end("closed");
    await publishing;
  });
}

Deno.test("what was not sent keeps its ticket as long as its repetition may have been", async () => {
  const { publish, publishes, sent } = fixture("ours");
  let receipt: Receipt | undefined;
  const publishing = assertRejects(() =>
    publish("a", { send: (_payload, _wait, own) => receipt = own })
  );
  const [unanswered] = publishes.unanswered;
  const unsent = unanswered!.repeat();
  receipt!.failed(late("not-sent"));
  await publishing;
  publish("b");
  publishes.end("closed");
  assertEquals(sent, ["b 2"]);

  const again = assertRejects(() =>
    publish("a", { send: (_payload, _wait, own) => receipt = own })
  );
  const notSent = publishes.unanswered[0]!.repeat();
  receipt!.failed(late("not-sent"));
  await again;
  notSent();
  unsent();
  publish("b");
  assertEquals(sent, ["b 2", "b 3"]);
  // Its ticket is another's by now, whatever is told a second time.
  receipt!.failed(late("not-sent"));
  publish("b");
  assertEquals(sent, ["b 2", "b 3", "b 4"]);
});

Deno.test("what is given up in the moment in which its turn comes is not sent", async () => {
  const { publish, sent } = fixture("r");
  const abort = new AbortController();
  const reason = new Error("enough");
  const publishing = publish("a", {
    wait: { timeout: Infinity, signal: abort.signal },
    clear: () => {
      abort.abort(reason);
      return undefined;
    },
  });
  assertEquals(await assertRejects(() => publishing), reason);
  assertEquals(sent, []);
});

Deno.test("what the clearing takes is part of the wait", async () => {
  const { publish, sent } = fixture("r");
  const cleared = Promise.withResolvers<void>();
  const publishing = publish("a", {
    wait: { timeout: 20 },
    clear: () => cleared.promise,
  });
  assertEquals(sent, []);
  assertEquals(await stillPending(publishing, 30), true);
  cleared.resolve();
  const { missing, elapsed } = await publishing;
  assertEquals(missing, new Map([["r", "timeout"]]));
  assertEquals([sent, elapsed < 20], [["a bare"], true]);
});

Deno.test("every answer is told of, and what is not counted is counted apart", async () => {
  const { publish, publishes, told } = fixture("r", "s");
  publishes.take(answerOf("a", "early", 1));
  const running = publish("a");
  publishes.take(answerOf("a", "r"));
  publishes.take(answerOf("a", "r", 1));
  publishes.take(answerOf("a", "r", 1));
  publishes.take(answerOf("a", "r", 0));
  publishes.take(answerOf("a", "stranger", 0));
  publishes.take(answerOf("b", "r", 1));
  publishes.take(answerOf("a", "s", 1));
  assertEquals((await running).code, 0);
  publishes.take(answerOf("a", "s", 1));
  publishes.take(answerOf("a", "s"));
  assertEquals(told, [
    ["stray", "early", "late"],
    ["progress", "r", undefined],
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
    stale: 0,
  });
});

Deno.test("an answer by somebody who names tickets is stale without the current one", async () => {
  const { publish, publishes, told } = fixture("ours");
  const first = publish("a", { wait: { timeout: 0 } });
  assertEquals((await first).missing, new Map([["ours", "timeout"]]));
  publishes.take(answerOf("a", "ours", 1, "1"));
  const second = publish("a");
  publishes.take(answerOf("a", "ours", 1, "1"));
  publishes.take(answerOf("a", "ours", 1));
  publishes.take(answerOf("a", "ours", undefined, "1"));
  assertEquals(await stillPending(second, 0), true);
  publishes.take(answerOf("a", "ours", 0, "2"));
  assertEquals((await second).code, 1);
  assertEquals(publishes.strays.stale, 3);
  assertEquals(told.map(([type]) => type), ["stray", "stray", "stray", "ack"]);
});

Deno.test("what is not answered by everybody can be looked at", async () => {
  const { publish, publishes } = fixture("ours", "r");
  const running = publish("a");
  publishes.take(answerOf("a", "r", 1));
  const [unanswered] = publishes.unanswered;
  assertEquals(unanswered?.payload, "a 1");
  assertEquals(unanswered?.ticket?.seq, 1);
  assertEquals([...unanswered!.owed], ["ours"]);
  publishes.giveUp("ours", "lost");
  assertEquals((await running).missing, new Map([["ours", "lost"]]));
  assertEquals([...publishes.unanswered], []);
});

Deno.test("the end and the disturbance of the link reach every publish", async () => {
  const { publish, publishes } = fixture("r");
  const running = [publish("a", { wait: { timeout: 1 } }), publish("b")];
  publishes.down();
  assertEquals((await running[0])?.missing.get("r"), "disconnected");
  publishes.end("closed");
  assertEquals((await running[1])?.missing.get("r"), "closed");
});

Deno.test("a publish that begins while the link is down may lose its answers, a later one not", async () => {
  const { publish, publishes } = fixture("r");
  const missingOf = async (event: string) => {
    const { missing } = await publish(event, { wait: { timeout: 1 } });
    return missing.get("r");
  };
  publishes.down();
  const during = missingOf("a");
  publishes.up();
  const after = missingOf("b");
  assertEquals(await during, "disconnected");
  assertEquals(await after, "timeout");
});

Deno.test("who is given up is given up by each publish, though one after the other ends", async () => {
  const { publish, publishes } = fixture("ours");
  const results = [publish("a"), publish("b"), publish("c")];
  await microtasks(); // sent by then, so that each ends at once
  publishes.giveUp("ours", "left");
  for (const result of results) {
    assertEquals((await result).missing, new Map([["ours", "left"]]));
  }
});

Deno.test("those who owe are attended to while anything is under way or in line, and no longer", async () => {
  const { publish, publishes, roster } = fixture("ours");
  const told: string[] = [];
  publishes.attendant = {
    begin: () => told.push("begin"),
    end: () => told.push("end"),
  };
  const [a, b] = [publish("a"), publish("b")];
  publishes.take(answerOf("a", "ours", 1, "1"));
  await a;
  assertEquals(told.splice(0), ["begin", "begin"]);
  publishes.take(answerOf("b", "ours", 1, "2"));
  await b;
  assertEquals(told.splice(0), ["end"]);
  const broken: readonly Partial<Outgoing>[] = [
    {
      begin: () => {
        throw new Error("broken");
      },
    },
    { send: (_payload, _wait, receipt) => receipt.failed(new Error("broken")) },
  ];
  for (const way of broken) {
    await assertRejects(() => publish("a", way), Error, "broken");
    assertEquals(told.splice(0).includes("begin"), false);
  }
  join(roster, "r");
  const queued = [publish("c"), publish("c")];
  for (const result of queued) {
    await microtasks();
    assertEquals(told.includes("end"), false);
    const [{ ticket }] = publishes.unanswered as [Unanswered];
    publishes.take(answerOf("c", "ours", 1, ticket!.id));
    publishes.take(answerOf("c", "r", 1));
    await result;
  }
  assertEquals([told.at(-1), told.indexOf("end")], ["end", told.length - 1]);
});

Deno.test("a publish that fails twice takes no other with it", async () => {
  const { publish, publishes } = fixture("ours");
  const other = publish("a");
  const abort = new AbortController();
  const { promise: send, reject } = Promise.withResolvers<number>();
  const failed = assertRejects(() =>
    publish("b", {
      send: sendingBy(() => send),
      wait: { timeout: Infinity, signal: abort.signal },
    })
  );
  abort.abort(new Error("aborted"));
  reject(Object.assign(new Error("down"), { outcome: "not-sent" }));
  await failed;
  await send.catch(() => {});
  await microtasks();
  assertEquals(publishes.unanswered.map(({ event }) => event), ["a"]);
  publishes.take(answerOf("a", "ours", 1, "1"));
  assertEquals((await other).code, 0);
});

Deno.test("an answer to a publish that is over is for no publish, and known by its ticket", async () => {
  const { publish, publishes, told } = fixture("ours");
  const [a, b] = [publish("a"), publish("b")];
  await microtasks();
  publishes.take(answerOf("a", "ours", 1, "1"));
  publishes.take(answerOf("a", "ours", 1, "1"));
  publishes.take(answerOf("b", "ours", 1, "2"));
  publishes.take(answerOf("b", "ours", 1, "2"));
  await Promise.all([a, b]);
  assertEquals(told.map(([type, , reason]) => reason ?? type), [
    "ack",
    "stale",
    "ack",
    "stale",
  ]);
});

import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { AdapterError } from "../../src/adapters/adapter_error.ts";
import {
  Lifeline,
  type LifelineHooks,
} from "../../src/adapters/reconnecting_link.ts";
import {
  type AdapterOptions,
  resolveAdapterOptions,
} from "../../src/adapters/options.ts";
import type { LinkChange } from "../../src/transport/transport.ts";
import { until } from "../support/wait.ts";
import { failureOf } from "./adapter_stage.ts";
import { FakeOriginal, MASTER, silence } from "./fake_client_source.ts";

const FAST = { minBackoff: 1, maxBackoff: 5 };
const END = new AdapterError("the test is over");

/** A lifeline that ends with its scope. */
class Rope implements AsyncDisposable {
  readonly original = new FakeOriginal();
  readonly changes: LinkChange[] = [];
  readonly lifeline: Lifeline;

  constructor(options: AdapterOptions = {}, hooks: LifelineHooks = {}) {
    const settings = resolveAdapterOptions({ ...FAST, ...options });
    this.lifeline = new Lifeline(this.original, settings, {
      changed: (change) => this.changes.push(change),
      ...hooks,
    });
  }

  get states(): string[] {
    return this.changes.map(({ state }) => state);
  }

  /** Waits for so many changes of the link. */
  async changed(count: number): Promise<void> {
    await until(() => this.changes.length >= count, {
      what: `${count} changes of the link`,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.lifeline.close(END);
  }
}

Deno.test("nothing is opened before it is needed", async () => {
  await using rope = new Rope();
  assertEquals(rope.lifeline.current, undefined);
  assertEquals(rope.original.duplicates.length, 0);
  const [one, other] = await Promise.all([
    rope.lifeline.whenUp(1_000),
    rope.lifeline.whenUp(1_000),
  ]);
  assertStrictEquals(one, other);
  assertStrictEquals(rope.lifeline.current, one);
  assertEquals(rope.original.duplicates.length, 1);
  assertEquals(rope.states, []);
});

Deno.test("a lost connection is followed by a prepared one", async () => {
  const prepared: unknown[] = [];
  await using rope = new Rope({}, {
    prepare: (connection) => {
      prepared.push(connection);
      return Promise.resolve();
    },
  });
  const first = await rope.lifeline.whenUp(1_000);
  rope.original.newest.lose();
  assertEquals(rope.lifeline.current, undefined);
  const second = await rope.lifeline.whenUp(1_000);
  await rope.changed(2);
  assertEquals(prepared, [first, second]);
  assertEquals(rope.original.duplicates[0]!.told.at(-1), "destroy");
  const [down, up] = rope.changes;
  assert(down?.state === "down" && down.cause.message.includes("gone"));
  assert(up?.state === "up" && up.silence! >= up.downtime);
});

Deno.test("a connection that can't be opened is tried again", async () => {
  await using rope = new Rope();
  let failures = 3;
  rope.original.reply = (command) =>
    command === "CONNECT" && failures-- > 0
      ? new Error("connect ECONNREFUSED")
      : MASTER(command);
  await rope.lifeline.whenUp(5_000);
  assertEquals(rope.original.duplicates.length, 4);
});

Deno.test("who waits too long is told why there is no connection", async () => {
  await using rope = new Rope();
  rope.original.reply = () => new Error("connect ECONNREFUSED");
  const failure = await failureOf(rope.lifeline.whenUp(50));
  assertEquals(failure.outcome, "not-sent");
  assert(failure.message.includes("ECONNREFUSED"), failure.message);
});

Deno.test("a wait that is aborted ends, and the lifeline goes on", async () => {
  await using rope = new Rope();
  rope.original.reply = silence;
  const reason = new Error("the user has lost patience");
  const abort = new AbortController();
  const waiting = failureOf(rope.lifeline.whenUp(5_000, abort.signal));
  abort.abort(reason);
  assertStrictEquals(await waiting, reason);
  const aborted = failureOf(rope.lifeline.whenUp(5_000, abort.signal));
  assertStrictEquals(await aborted, reason);
});

Deno.test("a server that does not answer in time is tried again", async () => {
  await using rope = new Rope({ handshakeTimeout: 10 });
  rope.original.reply = silence;
  const waiting = rope.lifeline.whenUp(5_000);
  await until(() => rope.original.duplicates.length >= 3, { what: "3 tries" });
  rope.original.reply = MASTER;
  await waiting;
  assertEquals(rope.original.duplicates[0]!.told, ["CONNECT", "destroy"]);
});

Deno.test("a refused user is not tried again until somebody asks", async () => {
  await using rope = new Rope();
  rope.original.reply = () => new Error("WRONGPASS nobody knows you");
  for (const tries of [1, 2]) {
    const { code } = await failureOf(rope.lifeline.whenUp(5_000));
    assertEquals(code, "WRONGPASS");
    assertEquals(rope.original.duplicates.length, tries);
  }
  rope.original.reply = MASTER;
  await rope.lifeline.whenUp(5_000);
});

Deno.test("a user who is refused after a loss ends the lifeline", async () => {
  await using rope = new Rope();
  await rope.lifeline.whenUp(1_000);
  rope.original.reply = () => new Error("WRONGPASS you were switched off");
  rope.original.newest.lose();
  await rope.changed(2);
  assertEquals(rope.states, ["down", "closed"]);
  const { code } = await failureOf(rope.lifeline.whenUp(5_000));
  assertEquals(code, "WRONGPASS");
  assertEquals(rope.original.duplicates.length, 2);
});

Deno.test("a link that stays down for reconnectTimeout is lost for good", async () => {
  await using rope = new Rope({ reconnectTimeout: 30 });
  await rope.lifeline.whenUp(1_000);
  rope.original.reply = () => new Error("connect ECONNREFUSED");
  rope.original.newest.lose();
  await rope.changed(2);
  assertEquals(rope.states, ["down", "closed"]);
});

Deno.test("a connection that went mute is found by a PING", async () => {
  await using rope = new Rope({
    handshakeTimeout: 50,
    pingInterval: 10,
    pingTimeout: 20,
  });
  await rope.lifeline.whenUp(1_000);
  const first = rope.original.newest;
  await until(() => first.told.filter((each) => each === "PING").length > 2, {
    what: "two PINGs beside the first",
  });
  rope.original.reply = silence;
  await rope.changed(1);
  rope.original.reply = MASTER;
  await rope.lifeline.whenUp(5_000);
  assertEquals(first.told.at(-1), "destroy");
});

Deno.test("closing ends waits, tries and the connection, and is told once", async () => {
  const opening = new Rope();
  opening.original.reply = silence;
  const waiting = failureOf(opening.lifeline.whenUp(5_000));
  await until(() => opening.original.newest, { what: "a try" });
  await opening.lifeline.close(END);
  assertStrictEquals(await waiting, END);
  assertEquals(opening.original.newest.told.at(-1), "destroy");

  const open = new Rope();
  await open.lifeline.whenUp(1_000);
  await open.lifeline.close(END);
  await open.lifeline.close(new Error("again"));
  assertEquals(open.changes, [{ state: "closed", cause: END }]);
  assertEquals(open.original.newest.told.at(-1), "destroy");
  assertStrictEquals(await failureOf(open.lifeline.whenUp(1_000)), END);
});

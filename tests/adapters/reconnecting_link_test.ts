import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { AdapterError } from "../../src/adapters/adapter_error.ts";
import {
  type LifelineHooks,
  ReconnectingLink,
} from "../../src/adapters/reconnecting_link.ts";
import {
  type AdapterOptions,
  resolveAdapterOptions,
} from "../../src/link/options.ts";
import type { LinkChange } from "../../src/transport/transport.ts";
import { until } from "../support/wait.ts";
import { failureOf } from "./adapter_stage.ts";
import { FakeClientSource, MASTER, silence } from "./fake_client_source.ts";

const FAST = { minBackoff: 1, maxBackoff: 5 };
const END = new AdapterError("the test is over");

/** A link that ends with its scope. */
class Rope implements AsyncDisposable {
  readonly source = new FakeClientSource();
  readonly changes: LinkChange[] = [];
  readonly link: ReconnectingLink;

  constructor(options: AdapterOptions = {}, hooks: LifelineHooks = {}) {
    const settings = resolveAdapterOptions({ ...FAST, ...options });
    this.link = new ReconnectingLink(this.source, settings, {
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
    await this.link.close(END);
  }
}

Deno.test("nothing is opened before it is needed", async () => {
  await using rope = new Rope();
  assertEquals(rope.link.current, undefined);
  assertEquals(rope.source.duplicates.length, 0);
  const [one, other] = await Promise.all([
    rope.link.whenUp(1_000),
    rope.link.whenUp(1_000),
  ]);
  assertStrictEquals(one, other);
  assertStrictEquals(rope.link.current, one);
  assertEquals(rope.source.duplicates.length, 1);
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
  const first = await rope.link.whenUp(1_000);
  rope.source.newest.lose();
  assertEquals(rope.link.current, undefined);
  const second = await rope.link.whenUp(1_000);
  await rope.changed(2);
  assertEquals(prepared, [first, second]);
  assertEquals(rope.source.duplicates[0]!.told.at(-1), "destroy");
  const [down, up] = rope.changes;
  assert(down?.state === "down" && down.cause.message.includes("gone"));
  assert(up?.state === "up" && up.silence! >= up.downtime);
});

Deno.test("a connection that can't be opened is tried again", async () => {
  await using rope = new Rope();
  let failures = 3;
  rope.source.reply = (command) =>
    command === "CONNECT" && failures-- > 0
      ? new Error("connect ECONNREFUSED")
      : MASTER(command);
  await rope.link.whenUp(5_000);
  assertEquals(rope.source.duplicates.length, 4);
});

Deno.test("who waits too long is told why there is no connection", async () => {
  await using rope = new Rope();
  rope.source.reply = () => new Error("connect ECONNREFUSED");
  const failure = await failureOf(rope.link.whenUp(50));
  assertEquals(failure.outcome, "not-sent");
  assert(failure.message.includes("ECONNREFUSED"), failure.message);
});

Deno.test("a wait that is aborted ends, and the link goes on", async () => {
  await using rope = new Rope();
  rope.source.reply = silence;
  const reason = new Error("the user has lost patience");
  const abort = new AbortController();
  const waiting = failureOf(rope.link.whenUp(5_000, abort.signal));
  abort.abort(reason);
  assertStrictEquals(await waiting, reason);
  const aborted = failureOf(rope.link.whenUp(5_000, abort.signal));
  assertStrictEquals(await aborted, reason);
});

Deno.test("a server that does not answer in time is tried again", async () => {
  await using rope = new Rope({ handshakeTimeout: 10 });
  rope.source.reply = silence;
  const waiting = rope.link.whenUp(5_000);
  await until(() => rope.source.duplicates.length >= 3, { what: "3 tries" });
  rope.source.reply = MASTER;
  await waiting;
  assertEquals(rope.source.duplicates[0]!.told, ["CONNECT", "destroy"]);
});

Deno.test("a refused user is not tried again until somebody asks", async () => {
  await using rope = new Rope();
  rope.source.reply = () => new Error("WRONGPASS nobody knows you");
  for (const tries of [1, 2]) {
    const { code } = await failureOf(rope.link.whenUp(5_000));
    assertEquals(code, "WRONGPASS");
    assertEquals(rope.source.duplicates.length, tries);
  }
  rope.source.reply = MASTER;
  await rope.link.whenUp(5_000);
});

Deno.test("a user who is refused after a loss ends the link", async () => {
  await using rope = new Rope();
  await rope.link.whenUp(1_000);
  rope.source.reply = () => new Error("WRONGPASS you were switched off");
  rope.source.newest.lose();
  await rope.changed(2);
  assertEquals(rope.states, ["down", "closed"]);
  const { code } = await failureOf(rope.link.whenUp(5_000));
  assertEquals(code, "WRONGPASS");
  assertEquals(rope.source.duplicates.length, 2);
});

Deno.test("a link that stays down for reconnectTimeout is lost for good", async () => {
  await using rope = new Rope({ reconnectTimeout: 30 });
  await rope.link.whenUp(1_000);
  rope.source.reply = () => new Error("connect ECONNREFUSED");
  rope.source.newest.lose();
  await rope.changed(2);
  assertEquals(rope.states, ["down", "closed"]);
});

Deno.test("a connection that went mute is found by a PING", async () => {
  await using rope = new Rope({
    handshakeTimeout: 50,
    pingInterval: 10,
    pingTimeout: 20,
  });
  await rope.link.whenUp(1_000);
  const first = rope.source.newest;
  await until(() => first.told.filter((each) => each === "PING").length > 2, {
    what: "two PINGs beside the first",
  });
  rope.source.reply = silence;
  await rope.changed(1);
  rope.source.reply = MASTER;
  await rope.link.whenUp(5_000);
  assertEquals(first.told.at(-1), "destroy");
});

Deno.test("closing ends waits, tries and the connection, and is told once", async () => {
  const opening = new Rope();
  opening.source.reply = silence;
  const waiting = failureOf(opening.link.whenUp(5_000));
  await until(() => opening.source.newest, { what: "a try" });
  await opening.link.close(END);
  assertStrictEquals(await waiting, END);
  assertEquals(opening.source.newest.told.at(-1), "destroy");

  const open = new Rope();
  await open.link.whenUp(1_000);
  await open.link.close(END);
  await open.link.close(new Error("again"));
  assertEquals(open.changes, [{ state: "closed", cause: END }]);
  assertEquals(open.source.newest.told.at(-1), "destroy");
  assertStrictEquals(await failureOf(open.link.whenUp(1_000)), END);
});

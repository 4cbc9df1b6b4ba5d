/**
 * What a call does on its transport, whatever its state decides: when it says
 * what is due, when it says it again, and how it ends.
 *
 * - What is due goes out only while the link is up.
 * - An entry is said again if it could not be sent, or if the link came back, and
 *   in no other case; any other duty is said again until it is due no more.
 * - A duty that follows from what was heard goes out only after the server was
 *   found to be a master.
 * - The state learns of each lost link before the next entry is said.
 * - A call in doubt ends so long after its link came back for the last time.
 *
 * @module
 */

import { assertEquals, assertRejects } from "@std/assert";
import { leveledLogger } from "../../../src/internal/logger.ts";
import {
  type CallDuty,
  type CallState,
  MeetingCall,
} from "../../../src/signals/meeting/call.ts";
import {
  type CallMessage,
  encodeMessage,
} from "../../../src/signals/meeting/message.ts";
import { FakeTime } from "../../support/fake_time.ts";
import { FakeTransport } from "../../support/fake_transport.ts";
import { microtasks } from "../../support/microtasks.ts";

const ENTRY: CallDuty = { about: "entry", delay: 0, isEntry: true };
const DOWN = { state: "down", cause: new Error("cut") } as const;
const UP = { state: "up", downtime: 1 } as const;
/** Milliseconds that a call in doubt waits. */
const DOUBT = 10_000;

/** A state that a test controls. */
class FakeState implements CallState<CallMessage, string> {
  decision: string | undefined;
  doubtful = false;
  leaving = false;
  due: CallDuty | undefined = ENTRY;
  /** What the call told it, and what it performed. */
  readonly acts: string[] = [];

  perform({ about }: CallDuty): CallMessage {
    this.acts.push(about);
    return { kind: about, round: "0", mid: "me/1", id: "me" };
  }

  farewell(): undefined {}

  take({ kind }: CallMessage): void {
    this.acts.push(`takes ${kind}`);
  }

  lost(): void {
    this.acts.push("lost");
  }

  expire(reason: string): void {
    this.acts.push(reason);
    this.leaving = true;
  }

  abandon(): void {
    this.decision = "abandoned";
  }
}

/** A call that has begun, in fake time. */
class Stage {
  readonly transport = new FakeTransport();
  readonly state = new FakeState();
  readonly #time: FakeTime;
  readonly call: MeetingCall<CallMessage, string>;
  readonly decided: Promise<string>;

  constructor(time: FakeTime) {
    this.#time = time;
    const log = leveledLogger(undefined, "CRITICAL");
    this.call = new MeetingCall(this.transport, log, {
      what: "the test",
      terms: { round: "0", timeout: 60_000, signal: undefined },
      channel: "state-signals:test",
      state: this.state,
      doubt: DOUBT,
      encode: encodeMessage,
      parse: (text) => JSON.parse(text),
      advice: "use a single server",
    });
    this.decided = this.call.run();
  }

  async pass(ms: number): Promise<void> {
    await microtasks();
    this.#time.tick(ms);
    await microtasks();
  }

  /** The call takes a message, which makes it look at its state. */
  hear(kind: string): void {
    const message = encodeMessage({ kind, round: "0", mid: "x/1", id: "x" });
    this.transport.deliverOn("state-signals:test", message);
  }

  /** What was told and said so far, and no more from now on. */
  get acts(): string[] {
    return this.state.acts.splice(0);
  }

  async end(): Promise<void> {
    this.state.decision = "done";
    this.hear("end");
    assertEquals(await this.decided, "done");
  }
}

Deno.test("an entry is said once if it could be sent, and again if it could not", async () => {
  using time = new FakeTime();
  const stage = new Stage(time);
  await stage.pass(5);
  await stage.pass(5_000);
  assertEquals(stage.acts, ["entry"]);
  stage.transport.confirming = false;
  stage.transport.change(DOWN);
  stage.transport.change(UP);
  await stage.pass(5);
  assertEquals(stage.acts, ["lost", "lost", "entry"]);
  stage.transport.published.at(-1)!.refuse("unknown");
  await stage.pass(501);
  assertEquals(stage.acts, ["entry"]);
  stage.transport.published.at(-1)!.confirm();
  await stage.pass(5_000);
  assertEquals(stage.acts, []);
  await stage.end();
});

Deno.test("a duty is said again until it is due no more, and waits for its time", async () => {
  using time = new FakeTime();
  const stage = new Stage(time);
  await stage.pass(5);
  stage.state.due = { about: "claim", delay: 100 };
  stage.hear("entry");
  await stage.pass(98);
  assertEquals(stage.acts, ["entry", "takes entry"]);
  await stage.pass(5);
  await stage.pass(501);
  assertEquals(stage.acts, ["claim", "claim"]);
  // What is due by now is another duty, which must wait for its time as well.
  stage.state.due = { about: "take over", delay: 1_000 };
  await stage.pass(501);
  assertEquals(stage.acts, []);
  await stage.pass(1_001);
  assertEquals(stage.acts, ["take over"]);
  stage.state.due = undefined;
  await stage.pass(5_000);
  assertEquals(stage.acts, []);
  await stage.end();
});

Deno.test("nothing is said while the link is down", async () => {
  using time = new FakeTime();
  const stage = new Stage(time);
  await stage.pass(5);
  stage.state.due = { about: "claim", delay: 0 };
  stage.transport.change(DOWN);
  await stage.pass(5_000);
  assertEquals(stage.acts, ["entry", "lost"]);
  stage.transport.change(UP);
  await stage.pass(5);
  assertEquals(stage.acts, ["lost", "claim"]);
  await stage.end();
});

Deno.test("what follows from a message is said only if the server is a master after it was heard", async () => {
  using time = new FakeTime();
  const stage = new Stage(time);
  await stage.pass(5);
  const roles: PromiseWithResolvers<boolean>[] = [];
  Object.assign(stage.transport, {
    verify: () => (roles.push(Promise.withResolvers()), roles.at(-1)!.promise),
  });
  stage.state.due = { about: "claim", delay: 0 };
  stage.hear("entry");
  await stage.pass(5);
  assertEquals(stage.acts, ["entry", "takes entry"]);
  roles[0]!.resolve(false);
  await stage.pass(5);
  assertEquals(stage.acts, []);
  await stage.pass(501);
  assertEquals(roles.length, 2);
  roles[1]!.resolve(true);
  await stage.pass(5);
  assertEquals(stage.acts, ["claim"]);
  await stage.pass(501);
  // What is not due any more when the answer comes is not said.
  stage.state.due = undefined;
  roles[2]!.resolve(true);
  await stage.pass(5);
  assertEquals(stage.acts, []);
  await stage.end();
});

Deno.test("a state learns of a loss before which its call had not known that the link was down", async () => {
  using time = new FakeTime();
  const stage = new Stage(time);
  await stage.pass(5);
  stage.transport.change(UP);
  await stage.pass(5);
  assertEquals(stage.acts, ["entry", "lost", "entry"]);
  await stage.end();
});

Deno.test("a call in doubt ends so long after its link came back for the last time", async () => {
  using time = new FakeTime();
  const stage = new Stage(time);
  await stage.pass(5);
  stage.state.doubtful = true;
  stage.transport.change(DOWN);
  stage.transport.change(UP);
  await stage.pass(DOUBT - 10);
  stage.transport.change(DOWN);
  await stage.pass(2 * DOUBT);
  stage.transport.change(UP);
  await stage.pass(DOUBT - 10);
  assertEquals(stage.state.decision, undefined);
  await stage.pass(20);
  assertEquals(await stage.decided, "abandoned");
});

Deno.test("a call that gives up waits for the last word, but not long", async () => {
  using time = new FakeTime();
  const stage = new Stage(time);
  await stage.pass(5);
  await stage.pass(60_000);
  assertEquals(stage.acts, ["entry", "timeout"]);
  assertEquals(stage.state.decision, undefined);
  await stage.pass(401);
  assertEquals(await stage.decided, "abandoned");
});

Deno.test("a call whose message is refused ends with the error of the server", async () => {
  using time = new FakeTime();
  const stage = new Stage(time);
  stage.transport.publish = () =>
    Promise.reject(
      Object.assign(new Error("NOPERM"), {
        code: "NOPERM",
        outcome: "not-sent",
      }),
    );
  const refused = assertRejects(() => stage.decided, Error, "NOPERM");
  await stage.pass(5);
  await refused;
});

Deno.test("a call passes over messages of other rounds, and counts them", async () => {
  using time = new FakeTime();
  const stage = new Stage(time);
  await stage.pass(5);
  const other = { kind: "claim", round: "1", mid: "x/1", id: "x" };
  stage.transport.deliverOn("state-signals:test", encodeMessage(other));
  assertEquals(stage.acts, ["entry"]);
  assertEquals(stage.call.ignored, 1);
  await stage.end();
});

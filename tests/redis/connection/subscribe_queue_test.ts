import { assert, assertEquals, assertRejects } from "@std/assert";
import { RedisPermissionError } from "../../../src/link/errors.ts";
import { SubscribeQueue } from "../../../src/redis/connection/subscribe_queue.ts";
import {
  ErrorReply,
  Message,
  Push,
  type Reply,
  Unreadable,
} from "../../../src/resp/reply.ts";

/** A queue, and what its sink is told, each thing as one line. */
function queueOf(
  secret?: string,
): { queue: SubscribeQueue; lines: string[] } {
  const lines: string[] = [];
  const queue = new SubscribeQueue({
    message: (channel, payload) => lines.push(`${channel}: ${payload}`),
    unreadable: (channel, reason) => lines.push(`${channel}? ${reason}`),
  }, secret);
  return { queue, lines };
}

/** Whether a promise has settled by now, and how. */
async function stateOf(promise: Promise<unknown>): Promise<string> {
  const pending = Promise.resolve("pending");
  return await Promise.race([
    promise.then(() => "resolved", () => "rejected"),
    pending.then(() => pending),
  ]);
}

const FORMS: readonly [string, (items: Reply[]) => Reply][] = [
  ["RESP2 arrays", (items) => items],
  ["RESP3 pushes", (items) => new Push(items)],
];

for (const [form, wrap] of FORMS) {
  Deno.test(`${form}: a command is confirmed when its last channel is`, async () => {
    const { queue } = queueOf();
    const confirmed = queue.sent(["a", "b"]);
    const next = queue.sent(["c"]);
    queue.take(wrap(["subscribe", "a", 1]));
    assertEquals(await stateOf(confirmed), "pending");
    queue.take(wrap(["subscribe", "b", 2]));
    assertEquals(
      [await stateOf(confirmed), await stateOf(next)],
      ["resolved", "pending"],
    );
  });

  Deno.test(`${form}: unsubscribing is confirmed by name, or by null`, async () => {
    const { queue } = queueOf();
    const [byName, byNull] = [queue.sent(["a"]), queue.sent(["b"])];
    queue.take(wrap(["unsubscribe", "a", 0]));
    assertEquals(
      [await stateOf(byName), await stateOf(byNull)],
      ["resolved", "pending"],
    );
    queue.take(wrap(["unsubscribe", null, 0]));
    assertEquals(await stateOf(byNull), "resolved");
  });

  for (
    const broken of [
      ["message"],
      ["message", 1, "text"],
      ["message", "a", 7],
      ["subscribe", "a", 1],
      ["unsubscribe", "a", 0],
    ]
  ) {
    Deno.test(`${form}: ${JSON.stringify(broken)} does not belong there`, () => {
      assertEquals(queueOf().queue.take(wrap(broken)), false);
    });
  }
}

Deno.test("messages go to the sink; for unreadable messages it gets the reason", () => {
  const { queue, lines } = queueOf();
  assert(queue.take(new Message("a", "1")));
  assert(queue.take(new Message("a", new Unreadable("too long"))));
  assertEquals(lines, ["a: 1", "a? too long"]);
});

Deno.test("PONG is expected in each of its forms", () => {
  const { queue } = queueOf();
  assertEquals(queue.take("PONG"), true);
  assertEquals(queue.take(["pong", ""]), true);
});

Deno.test("a push of an unknown kind is ignored, an array is refused", () => {
  const { queue } = queueOf();
  assertEquals(queue.take(new Push(["invalidate", null])), true);
  assertEquals(queue.take(["invalidate", null]), false);
});

for (const reply of ["OK", 1, null, new Map()]) {
  Deno.test(`the reply ${Deno.inspect(reply)} does not belong there`, () => {
    assertEquals(queueOf().queue.take(reply), false);
  });
}

Deno.test("an error reply refuses the whole SUBSCRIBE, names its channels, and no other", async () => {
  const { queue } = queueOf();
  const refused = queue.sent(["a", "forbidden"]);
  const next = queue.sent(["b"]);
  queue.take(new ErrorReply("NOPERM no"));
  await assertRejects(
    () => refused,
    RedisPermissionError,
    'Cannot subscribe to "a", "forbidden" as the server replied: NOPERM no',
  );
  queue.take(["subscribe", "b", 1]);
  assertEquals(await stateOf(next), "resolved");
});

Deno.test("a refusal that repeats a part of the password does not hold it", async () => {
  const { queue } = queueOf("S3cretPassw0rd");
  const refused = queue.sent(["a"]);
  queue.take(new ErrorReply("ERR what is Passw0 to me"));
  const error = await assertRejects(() => refused);
  assert(!Deno.inspect(error).includes("Passw0"), Deno.inspect(error));
});

Deno.test("an error reply to a PING costs nothing", () => {
  const busy = new ErrorReply("BUSY Redis is busy running a script.");
  assertEquals(queueOf().queue.take(busy), true);
});

Deno.test("the end of the connection rejects every command that is not confirmed", async () => {
  const { queue } = queueOf();
  const waiting = [queue.sent(["a"]), queue.sent(["b"])];
  queue.rejectAll(new Error("cut"));
  for (const each of waiting) await assertRejects(() => each, Error, "cut");
});

import { assert, assertEquals, assertRejects } from "@std/assert";
import { CommandQueue } from "../../../src/redis/connection/command_queue.ts";
import { RedisPermissionError } from "../../../src/link/errors.ts";
import { ErrorReply, type Reply } from "../../../src/resp/reply.ts";

const nothing = () => "do nothing";
const asItIs = (reply: Reply): Reply => reply;

/** Notes a command; what is made of its reply is the result. */
function add<T>(
  queue: CommandQueue,
  what: () => string,
  read: (reply: Reply) => T | Promise<T>,
): Promise<T> {
  return new Promise((resolve, reject) => {
    queue.push({ what, take: (reply) => resolve(read(reply)), reject });
  });
}

Deno.test("replies go to the commands in the order of asking", async () => {
  const queue = new CommandQueue();
  const replies = ["a", "b", "c"].map((name) => add(queue, () => name, asItIs));
  assertEquals(queue.size, 3);
  for (const reply of [1, null, ["three"]]) assert(queue.settle(reply));
  assertEquals(await Promise.all(replies), [1, null, ["three"]]);
  assertEquals(queue.size, 0);
});

Deno.test("a reply that no command waits for is not taken", () => {
  const queue = new CommandQueue();
  assertEquals(queue.settle("surplus"), false);
});

Deno.test("an error reply rejects its command alone, and says what was asked", async () => {
  const queue = new CommandQueue();
  const refused = add(queue, () => 'publish on "x"', asItIs);
  const next = add(queue, nothing, asItIs);
  queue.settle(new ErrorReply("NOPERM no"));
  queue.settle("OK");
  await assertRejects(
    () => refused,
    RedisPermissionError,
    'Cannot publish on "x" as the server replied: NOPERM no',
  );
  assertEquals(await next, "OK");
});

Deno.test("a reply is read before the next one, and what can't be read rejects its command alone", async () => {
  const queue = new CommandQueue();
  const read: Reply[] = [];
  const refused = add(queue, nothing, (reply) => {
    read.push(reply);
    throw new RangeError("no number");
  });
  const next = add(queue, nothing, (reply) => {
    read.push(reply);
    return Promise.resolve(2);
  });
  queue.settle("one");
  queue.settle("two");
  assertEquals(read, ["one", "two"]);
  await assertRejects(() => refused, RangeError, "no number");
  assertEquals(await next, 2);
});

Deno.test("what was asked is put into words only for an error", async () => {
  const queue = new CommandQueue();
  const reply = add(queue, () => {
    throw new Error("nobody needs the words");
  }, asItIs);
  queue.settle("OK");
  assertEquals(await reply, "OK");
});

for (
  const { unsent, outcomes } of [
    { unsent: 0, outcomes: ["sent", "sent", "sent"] },
    { unsent: 1, outcomes: ["sent", "sent", "unsent"] },
    { unsent: 3, outcomes: ["unsent", "unsent", "unsent"] },
  ]
) {
  Deno.test(`when all are rejected, the newest ${unsent} count as never sent`, async () => {
    const queue = new CommandQueue();
    const replies = [1, 2, 3].map(() => add(queue, nothing, asItIs));
    queue.rejectAll(unsent, new Error("sent"), new Error("unsent"));
    const results = await Promise.allSettled(replies);
    assertEquals(
      results.map((result) =>
        result.status === "rejected" && result.reason.message
      ),
      outcomes,
    );
    assertEquals(queue.size, 0);
  });
}

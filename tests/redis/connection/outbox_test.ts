import { assertEquals } from "@std/assert";
import { Outbox } from "../../../src/redis/connection/outbox.ts";
import { command, commandHead } from "../../../src/resp/encode.ts";
import { FakeWire } from "../../support/fake_wire.ts";
import { microtasks } from "../../support/microtasks.ts";

function open(): { wire: FakeWire; outbox: Outbox; failures: unknown[] } {
  const wire = new FakeWire();
  const failures: unknown[] = [];
  const outbox = new Outbox(wire, (cause) => failures.push(cause));
  return { wire, outbox, failures };
}

Deno.test("texts that are posted within a microtask are one write, and texts that are posted meanwhile the next", async () => {
  const { wire, outbox } = open();
  const held = wire.hold();
  outbox.post("a");
  outbox.post("b");
  assertEquals([wire.writes, outbox.unsent], [[], 2]);
  await microtasks();
  outbox.post("c");
  outbox.post("d");
  await microtasks();
  assertEquals([wire.writes, outbox.unsent], [["ab"], 2]);
  held.release();
  await microtasks();
  outbox.post("e");
  await microtasks();
  assertEquals([wire.writes, outbox.unsent], [["ab", "cd", "e"], 0]);
});

Deno.test("everything is written, however little one write takes and however long a text is", async () => {
  const { wire, outbox } = open();
  const texts = ["a", "b".repeat(5_000), "ü€😀", "c".repeat(300_000), "d"];
  wire.writeLimit = 40_000;
  for (const text of texts) {
    outbox.post(text);
    await microtasks();
  }
  await microtasks();
  assertEquals(wire.writes.join(""), texts.join(""));
});

Deno.test("the text that waits to be written is bounded, except for a single text", async () => {
  const { wire, outbox } = open();
  const held = wire.hold();
  assertEquals(outbox.post("a"), true);
  await microtasks();
  const half = "b".repeat(32 * 1024 * 1024);
  assertEquals([1, 2, 3].map(() => outbox.post(half)), [true, true, false]);
  assertEquals([outbox.unsent, outbox.post("c")], [2, false]);
  outbox.stop();
  held.release();
  const other = open();
  other.wire.hold();
  assertEquals(other.outbox.post(half + half + half), true);
  other.outbox.stop();
  await microtasks();
  assertEquals([wire.writes, other.wire.writes], [["a"], []]);
});

Deno.test("a failed write is reported once; nothing is written after a stop", async () => {
  const { wire, outbox, failures } = open();
  const error = new Error("broken");
  const held = wire.hold();
  outbox.post("a");
  await microtasks();
  held.release(error);
  await microtasks();
  assertEquals(failures, [error]);
  const other = open();
  other.outbox.post("b");
  other.outbox.stop();
  await microtasks();
  assertEquals([other.wire.writes, other.outbox.unsent], [[], 1]);
});

Deno.test("after a text that was posted alone, the next is written at once; texts that are posted together are one write", async () => {
  const { wire, outbox } = open();
  outbox.post("a");
  await microtasks();
  outbox.post("b");
  assertEquals(wire.writes, ["a", "b"]);
  outbox.post("c");
  outbox.post("d");
  await microtasks();
  assertEquals(wire.writes, ["a", "b", "cd"]);
  outbox.post("e");
  assertEquals(wire.writes, ["a", "b", "cd"]);
  outbox.post("f");
  await microtasks();
  assertEquals(wire.writes, ["a", "b", "cd", "ef"]);
});

Deno.test("a head and a bulk string are written in their turn, for any text", async () => {
  const { wire, outbox } = open();
  const head = commandHead(["PUBLISH", "c"]);
  const texts = [
    "first",
    "a\r\nb",
    "",
    "é€😀",
    "x".repeat(3_000),
    "\ud800",
    "y",
  ];
  for (const text of texts) {
    outbox.postBulk(head, text);
    await microtasks();
  }
  assertEquals(
    wire.writes,
    texts.map((text) => command(["PUBLISH", "c", text.toWellFormed()])),
  );
  wire.writes.length = 0;
  const held = wire.hold();
  outbox.postBulk(head, "1");
  outbox.post("2");
  outbox.postBulk(head, "3");
  held.release();
  await microtasks();
  assertEquals(wire.writes, [
    command(["PUBLISH", "c", "1"]),
    `2${command(["PUBLISH", "c", "3"])}`,
  ]);
});

Deno.test("a text for whose bytes there is no memory fails, and its post does not throw", async () => {
  const { encode } = TextEncoder.prototype;
  const error = new RangeError("Array buffer allocation failed");
  const head = commandHead(["PUBLISH", "c"]);
  const text = "é".repeat(1_000);
  for (
    const say of [
      (outbox: Outbox) => outbox.post(text),
      (outbox: Outbox) => outbox.postBulk(head, text),
    ]
  ) {
    const { wire, outbox, failures } = open();
    outbox.post("a");
    await microtasks();
    TextEncoder.prototype.encode = () => {
      throw error;
    };
    try {
      assertEquals(say(outbox), true);
    } finally {
      TextEncoder.prototype.encode = encode;
    }
    assertEquals([failures, wire.writes], [[error], ["a"]]);
  }
});

Deno.test("a message after a stop is not written, and a write that throws at once is reported", async () => {
  const head = commandHead(["PUBLISH", "c"]);
  for (const post of ["post", "postBulk"] as const) {
    const { wire, outbox, failures } = open();
    const say = (text: string) =>
      post === "post" ? outbox.post(text) : outbox.postBulk(head, text);
    outbox.post("x".repeat(100));
    await microtasks();
    const error = new Error("broken");
    wire.write = () => {
      throw error;
    };
    assertEquals([say("a"), failures], [true, [error]]);
    outbox.stop();
    assertEquals([say("b"), failures, outbox.unsent], [true, [error], 0]);
  }
  const { wire, outbox } = open();
  outbox.post("x".repeat(100));
  await microtasks();
  outbox.stop();
  assertEquals([outbox.postBulk(head, "c"), wire.writes.length], [true, 1]);
});

Deno.test("messages that are posted together are one write, as other texts are", async () => {
  const { wire, outbox } = open();
  const head = commandHead(["PUBLISH", "c"]);
  outbox.post("x".repeat(100));
  outbox.post("y");
  await microtasks();
  for (const text of ["1", "2", "3"]) outbox.postBulk(head, text);
  await microtasks();
  const all = ["1", "2", "3"].map((text) => command(["PUBLISH", "c", text]));
  assertEquals(wire.writes.slice(1), [all.join("")]);
});

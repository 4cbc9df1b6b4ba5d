import { assert, assertEquals } from "@std/assert";
import { Decoder } from "../../src/resp/decoder.ts";
import { aggregate, bulk } from "../../src/resp/encode.ts";
import { MessageReader } from "../../src/resp/message_reader.ts";
import {
  Message,
  Push,
  type Received,
  Unreadable,
} from "../../src/resp/reply.ts";
import { TextReader } from "../../src/resp/text_reader.ts";
import { cuts, decode, write } from "./decoding.ts";

const encoder = new TextEncoder();

function push(...items: string[]): string {
  return aggregate(">", items.length) + items.map(bulk).join("");
}

function array(...items: string[]): string {
  return aggregate("*", items.length) + items.map(bulk).join("");
}

function bytesOf(...parts: (string | Uint8Array)[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(
    parts.flatMap((part) => [
      ...typeof part === "string" ? encoder.encode(part) : part,
    ]),
  );
}

/** What comes of bytes, however they are cut. */
function read(bytes: Uint8Array, maxBulk?: number): Received[] {
  const options = {
    messages: true,
    ...(maxBulk === undefined ? {} : { maxBulk }),
  };
  const replies = decode([bytes], options);
  for (const chunks of cuts(bytes)) {
    assertEquals(decode(chunks, options), replies);
  }
  return replies;
}

for (const [form, message] of [["RESP3", push], ["RESP2", array]] as const) {
  Deno.test(`${form}: messages are told from all else, in their order, however they are cut`, () => {
    const texts = ["one", "", "zwölf €😀", "\r\n$3\r\n", "x".repeat(300)];
    const bytes = bytesOf(
      message("subscribe", "a", "1"),
      ...texts.map((text) => message("message", "a", text)),
      "+PONG\r\n",
      ...texts.map((text) => message("message", "b", text)),
      message("message", "a", "last"),
    );
    const replies = read(bytes);
    assert(!(replies[0] instanceof Message));
    assertEquals(replies.slice(1), [
      ...texts.map((text) => new Message("a", text)),
      "PONG",
      ...texts.map((text) => new Message("b", text)),
      new Message("a", "last"),
    ]);
  });

  Deno.test(`${form}: what is no UTF-8, or too long, is unreadable on a known channel, too`, () => {
    const bad = bytesOf(
      message("message", "a", "").replace(/\$0\r\n\r\n$/, "$2\r\n"),
      new Uint8Array([0xc3, 0x28]),
      "\r\n",
    );
    const bytes = bytesOf(
      message("message", "a", "1"),
      message("message", "a", "2"),
      message("message", "a", "3"),
      bad,
      message("message", "a", "x".repeat(21)),
      message("message", "a", "4"),
    );
    const payloads = read(bytes, 20).map((each) => (each as Message).payload);
    assertEquals(payloads, [
      "1",
      "2",
      "3",
      new Unreadable("it is not valid UTF-8"),
      new Unreadable("21 bytes are over the limit of 20"),
      "4",
    ]);
  });
}

Deno.test("a reply that only looks like a message is not changed", () => {
  const likes = [
    new Push(["message", "a"]),
    new Push(["message", "a", "b", "c"]),
    new Push(["message", "a", 1]),
    new Push(["pmessage", "a", "b"]),
    ["message", 1, "b"],
  ];
  const reader = new MessageReader(new TextReader(), 100);
  for (const like of likes) assertEquals(reader.recognize(like), like);
});

Deno.test("a decoder without the option messages yields no Message", () => {
  const bytes = bytesOf(push("message", "a", "1"), push("message", "a", "2"));
  assertEquals(decode([bytes]), [
    new Push(["message", "a", "1"]),
    new Push(["message", "a", "2"]),
  ]);
});

Deno.test("the message reader reads a message of the latest channel, and leaves any other reply to the decoder", () => {
  const reader = new MessageReader(new TextReader(), 10);
  const take = (text: string) => {
    const bytes = encoder.encode(text);
    return reader.read(bytes, 0, bytes.length);
  };
  const good = push("message", "a", "12");
  assertEquals(take(good), undefined);
  reader.recognize(new Push(["message", "a", "1"]));
  assertEquals(take(good), undefined, "one message is not enough to learn");
  reader.recognize(new Push(["message", "a", "1"]));
  assertEquals(take(good), new Message("a", "12"));
  assertEquals(reader.end, good.length);
  const careful = [
    push("message", "b", "12"),
    good.slice(0, -1),
    good.replace("$2", "$"),
    good.replace("$2\r\n12", "$\r\n"),
    good.replace("$2", "$-1"),
    good.replace("$2\r\n", "$2\n\n"),
    good.replace("12\r\n", "12\n\r"),
    push("message", "a", "more than ten"),
    good.replace("$2", "$99999999999999999999"),
  ];
  for (const each of careful) assertEquals(take(each), undefined, each);
});

Deno.test("messages of channels that take turns keep their channels", () => {
  const decoder = new Decoder({ messages: true });
  for (let n = 0; n < 10; n++) {
    const channel = n % 2 === 0 ? "a" : "b";
    write(decoder, bytesOf(push("message", channel, String(n))));
    assertEquals(decoder.next(), new Message(channel, String(n)));
  }
});

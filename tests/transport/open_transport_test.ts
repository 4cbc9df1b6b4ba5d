import { assert, assertEquals } from "@std/assert";
import { BorrowedTransport } from "../../src/transport/open_transport.ts";
import { MemoryTransport } from "../../src/transport/memory.ts";
import type {
  Receipt,
  Transport,
  TransportPublishOptions,
} from "../../src/transport/transport.ts";
import { microtasks } from "../support/microtasks.ts";

const error = new Error("broken");

const WAYS: readonly (readonly [
  says: string,
  methods: Partial<Transport>,
  told: unknown[],
])[] = [
  ["a promise", { publish: () => Promise.resolve(2) }, ["sent", 2]],
  ["a rejection", { publish: () => Promise.reject(error) }, ["failed", error]],
  [
    "no promise",
    { publish: () => 2 as unknown as Promise<number> },
    ["sent", 2],
  ],
  [
    "an error thrown",
    {
      publish: () => {
        throw error;
      },
    },
    ["failed", error],
  ],
  [
    "a receipt",
    { post: (_channel, _payload, _options, receipt) => receipt.sent(2) },
    ["sent", 2],
  ],
  [
    "an error thrown instead of a receipt",
    {
      post: () => {
        throw error;
      },
    },
    ["failed", error],
  ],
];

Deno.test("a transport without post() gets the signal of the receipt in place of the publish's signal", () => {
  const given: TransportPublishOptions[] = [];
  const transport = {
    publish: (_channel, _payload, options = {}) => {
      given.push(options);
      return Promise.resolve(0);
    },
  } as Partial<Transport> as Transport;
  const { signal } = new AbortController();
  const { signal: over } = new AbortController();
  const receipt = { sent: () => {}, failed: () => {} };
  new BorrowedTransport(transport).post("c", "m", { timeout: 5, signal }, {
    ...receipt,
    over,
  });
  for (const without of [receipt, { ...receipt, over: undefined }]) {
    new BorrowedTransport(transport).post(
      "c",
      "m",
      { timeout: 5, signal },
      without,
    );
  }
  assertEquals(given.map((each) => each.timeout), [5, 5, 5]);
  assert(given[0]!.signal === over);
  assert(given[1]!.signal === signal && given[2]!.signal === signal);
});

for (const [says, methods, expected] of WAYS) {
  Deno.test(`the receipt of a message is called once when the transport gives ${says}`, async () => {
    const given: unknown[] = [];
    const told: unknown[] = [];
    const method = methods.post === undefined ? "publish" : "post";
    const transport = {
      ...methods,
      [method]: (
        channel: string,
        payload: string,
        options: TransportPublishOptions,
        receipt: Receipt,
      ) => {
        given.push(channel, payload, options);
        return method === "post"
          ? methods.post!(channel, payload, options, receipt)
          : methods.publish!(channel, payload, options);
      },
    } as Transport;
    const options = { timeout: 5 };
    new BorrowedTransport(transport).post("c", "m", options, {
      sent: (receivers) => told.push("sent", receivers),
      failed: (error) => told.push("failed", error),
    });
    await microtasks();
    assertEquals(given, ["c", "m", options]);
    assertEquals(told, expected);
  });
}

Deno.test("a borrowed transport is used for every method and left open by close()", async () => {
  const redis = new MemoryTransport();
  const transport = new BorrowedTransport(redis);
  assertEquals([transport.name, transport.connection], ["memory", 1]);
  assertEquals(await transport.countSubscribers!(["c"]), [0]);
  assertEquals(await transport.verify(), true);
  await transport.close();
  const received: string[] = [];
  const subscription = await transport.subscribe(["c"], {
    message: (text) => received.push(text),
  });
  await transport.publish("c", "m");
  await microtasks();
  assertEquals(received, ["m"]);
  await subscription.close();
});

Deno.test("a borrowed transport without optional members has no count and no connection, and verifies", async () => {
  const transport = new BorrowedTransport(
    { name: "bare" } as Partial<Transport> as Transport,
  );
  assertEquals(transport.countSubscribers, undefined);
  assertEquals(transport.connection, undefined);
  assertEquals(await transport.verify(), true);
});

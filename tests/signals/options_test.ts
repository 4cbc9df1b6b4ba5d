/** Options that every entry of the module takes: what can't be used is refused before anything begins. */
import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import {
  barrier,
  once,
  rollCall,
  SignalExporter,
  SignalResponder,
} from "../../mod.ts";
import { Broker } from "../../src/broker/mod.ts";
import { fromIoredis } from "../../src/adapters/ioredis.ts";
import { fromNodeRedis } from "../../src/adapters/node_redis.ts";
import { RedisClient } from "../../src/redis/mod.ts";
import { MemoryTransport } from "../../src/transport/memory.ts";
import { freePort } from "../support/free_port.ts";
import { within } from "../support/wait.ts";

/** What a caller without types may hand in. */
// deno-lint-ignore no-explicit-any
type Untyped = any;

type Entry = (option: Untyped, redis: MemoryTransport) => Promise<unknown>;

const CONNECTING: Readonly<Record<string, Entry>> = {
  "SignalExporter.connect": (option, redis) =>
    SignalExporter.connect("fio", { redis, ...option }),
  "SignalResponder.connect": (option, redis) =>
    SignalResponder.connect({ redis, ...option }),
  barrier: (option, redis) => barrier("x", { redis, parties: 1, ...option }),
  once: (option, redis) =>
    once("x", { redis, parties: 1, run: () => 1, ...option }),
  rollCall: (option, redis) => rollCall({ redis, ...option }),
};

const WAITING: Readonly<Record<string, Entry>> = {
  "RedisClient.connect": (option) => RedisClient.connect(option),
  "redis.signal": ({ signal }) =>
    rollCall({ redis: { port: freePort(), signal } }),
  publishSignal: (option, redis) =>
    exporting(redis, async (exporter) => {
      await exporter.initialize("any");
      await exporter.publishSignal("start", option);
    }),
  initializeAndWait: (option, redis) =>
    exporting(redis, (it) => it.initializeAndWait(1, "any", option)),
  listen: (option, redis) =>
    responding(redis, async (it) => {
      for await (const _ of it.listen(option)) break;
    }),
  serve: (option, redis) => responding(redis, (it) => it.serve({}, option)),
  requestStop: (option, redis) =>
    responding(redis, (it) => it.requestStop("fio-1", "x", option)),
};

async function exporting(
  redis: MemoryTransport,
  use: (exporter: SignalExporter) => Promise<unknown>,
): Promise<void> {
  await using exporter = await SignalExporter.connect("fio", { redis });
  await use(exporter);
}

async function responding(
  redis: MemoryTransport,
  use: (responder: SignalResponder) => Promise<unknown>,
): Promise<void> {
  await using responder = await SignalResponder.connect({ redis });
  await use(responder);
}

async function refused(entry: Entry, option: unknown): Promise<string> {
  const redis = new MemoryTransport();
  const { message } = await assertRejects(
    () => within(entry(option, redis), { what: "the refusal" }),
    TypeError,
  );
  await redis.close();
  return message;
}

for (const [name, entry] of Object.entries({ ...CONNECTING, ...WAITING })) {
  Deno.test(`${name} refuses a signal that is no AbortSignal`, async () => {
    const wrong: [unknown, string][] = [
      [null, "null"],
      [new AbortController(), "[object AbortController]"],
      ["x", '"x"'],
    ];
    for (const [signal, shown] of wrong) {
      assertStringIncludes(
        await refused(entry, { signal }),
        `Cannot use signal as it must be an AbortSignal, such as the signal of an AbortController: current value is ${shown}`,
      );
    }
  });
}

for (const [name, entry] of Object.entries(CONNECTING)) {
  Deno.test(`${name} refuses a logger that lacks a method`, async () => {
    const { debug, info, error } = console;
    const wrong: [unknown, string][] = [
      [5, "5 without debug"],
      [null, "null without debug"],
      [{ debug, info, error }, "[object Object] without warn"],
    ];
    for (const [logger, shown] of wrong) {
      assertStringIncludes(
        await refused(entry, { logger }),
        `Cannot use logger as it must have the methods debug, info, warn, error, as console has: current value is ${shown}`,
      );
    }
  });
}

const WITHOUT_OPTIONS: Readonly<Record<string, (options: Untyped) => unknown>> =
  {
    "SignalExporter.connect": (it) => SignalExporter.connect("fio", it),
    "SignalResponder.connect": (it) => SignalResponder.connect(it),
    rollCall: (it) => rollCall(it),
    barrier: (it) => barrier("x", it),
    once: (it) => once("x", it),
    "RedisClient.connect": (it) => RedisClient.connect(it),
    "Broker.listen": (it) => Broker.listen(it),
    publishSignal: (it) =>
      exporting(new MemoryTransport(), (one) => one.publishSignal("a", it)),
    initialize: (it) =>
      exporting(new MemoryTransport(), (one) => one.initialize("any", it)),
    initializeAndWait: (it) =>
      exporting(
        new MemoryTransport(),
        (one) => one.initializeAndWait(1, "any", it),
      ),
    shutdown: (it) =>
      exporting(new MemoryTransport(), (one) => one.shutdown(it)),
    listen: (it) =>
      responding(new MemoryTransport(), async (one) => {
        await one.listen(it).next();
      }),
    respond: (it) =>
      responding(
        new MemoryTransport(),
        (one) => one.respond({ publisherId: "p", event: "e" }, it),
      ),
    serve: (it) =>
      responding(new MemoryTransport(), (one) => one.serve({}, it)),
    requestStop: (it) =>
      responding(
        new MemoryTransport(),
        (one) => one.requestStop("fio-1", "x", it),
      ),
  };

for (const [name, entry] of Object.entries(WITHOUT_OPTIONS)) {
  Deno.test(`${name} refuses options that are no object`, async () => {
    for (const options of [null, 5]) {
      await assertRejects(
        async () => await entry(options),
        TypeError,
        `Cannot use options as it must be an object: current value is ${options}`,
      );
    }
  });
}

const NAMING: Readonly<Record<string, (options: Untyped) => unknown>> = {
  ...WITHOUT_OPTIONS,
  "redis: {…}": (redis) => rollCall({ redis }),
  fromIoredis: (it) =>
    fromIoredis({ duplicate: 1, options: {} } as Untyped, it),
  "RedisClient.publish": async (it) => {
    await using broker = Broker.listen();
    await using redis = await RedisClient.connect(broker.url);
    await redis.publish("news", "hello", it);
  },
  dropClients: async (it) => {
    await using broker = Broker.listen();
    broker.dropClients(it);
  },
  tls: (tls) => RedisClient.connect({ tls }),
  until: (until) => WITHOUT_OPTIONS.publishSignal!({ until }),
};

for (const [name, entry] of Object.entries(NAMING)) {
  Deno.test(`${name} refuses an option of a name that there is not`, async () => {
    const { message } = await assertRejects(
      async () => await entry({ nonsense: undefined }),
      TypeError,
    );
    assertMatch(
      message,
      /^Cannot use the (Redis |TLS |until )?option nonsense as there is none of that name: there are \w+(, \w+)*$/,
    );
  });
}

/** Values that can't be meant, by entry: option, value, and what the error says it must be. */
const ODD: readonly [keyof typeof NAMING, object, string][] = [
  ...["SignalExporter.connect", "SignalResponder.connect"].flatMap((entry) =>
    ([
      [{ quiet: "yes" }, "quiet as it must be true or false"],
      [{ countSubscribers: 0 }, "countSubscribers as it must be true or false"],
      [{ heartbeatTimeout: 0 }, "heartbeatTimeout as it must be 100 or more"],
      [{ heartbeatTimeout: "1" }, "heartbeatTimeout as it must be a number of"],
      [{ connectTimeout: "1" }, "connectTimeout as it must be a number of"],
    ] as const).map(([options, said]): [string, object, string] => [
      entry,
      { redis: new MemoryTransport(), ...options },
      said,
    ])
  ),
  ...[0, 1.5, -1, NaN, "3"].map((
    evictAfterMisses,
  ): [string, object, string] => [
    "SignalExporter.connect",
    { evictAfterMisses },
    "evictAfterMisses as it must be a whole number from 1",
  ]),
  ["SignalExporter.connect", [], "options as it must be an object"],
  ["SignalExporter.connect", new URL("redis://a"), "options as it must be an"],
  ["SignalResponder.connect", { id: "" }, "id as it must not be empty"],
  ["SignalResponder.connect", { unlockLost: null }, "unlockLost as it must be"],
  [
    "initialize",
    { expected: ["a", ""] },
    "expected[1] as it must not be empty",
  ],
  ["publishSignal", { failFast: 1 }, "failFast as it must be true or false"],
  ["until", { count: 1, quorum: 1 }, "until.count together with until.quorum"],
  ["serve", { concurrency: "2" }, "concurrency as it must be a whole number"],
  ["serve", { concurrency: 1.5 }, "concurrency as it must be a whole number"],
  [
    "serve",
    { progressInterval: 0 },
    "progressInterval as it must be 1 or more",
  ],
  ["rollCall", { filter: "fio" }, "filter as it must be a function"],
  ["barrier", { parties: 1, party: "" }, "party as it must not be empty"],
  [
    "barrier",
    { parties: ["a", ""], party: "a" },
    "parties[1] as it must not be",
  ],
  [
    "Broker.listen",
    { port: "7000" },
    "port as it must be a whole number from 0",
  ],
  [
    "Broker.listen",
    { port: 65_536 },
    "port as it must be a whole number from 0",
  ],
  ["Broker.listen", { hostname: 7 }, "hostname as it must be a string"],
  ["Broker.listen", { hostname: "" }, "hostname as it must not be empty"],
  [
    "Broker.listen",
    { password: 7 },
    "Cannot listen as 'password' must be a str",
  ],
  ["dropClients", { type: "pub" }, 'type as it must be "normal" or "pubsub"'],
  ["dropClients", { name: 7 }, "name as it must be a string"],
  [
    "RedisClient.publish",
    { timeout: "1" },
    "timeout as it must be a number of",
  ],
  [
    "RedisClient.connect",
    { tls: "yes" },
    "tls as it must be a boolean or an ob",
  ],
  ["RedisClient.connect", { tls: null }, "options as it must be an object"],
  ["tls", { caCerts: "PEM" }, "tls.caCerts as it must be an array of strings"],
  ["tls", { cert: 7, key: "x" }, "tls.cert as it must be a string"],
  [
    "RedisClient.connect",
    { cluster: 1 },
    "cluster as it must be true or false",
  ],
  ["RedisClient.connect", { hostname: "" }, "hostname as it must not be empty"],
  ["RedisClient.connect", { hostname: 7 }, "hostname as it must be a string"],
  ["RedisClient.connect", { path: "" }, "path as it must not be empty"],
  [
    "RedisClient.connect",
    { clientName: 5 },
    "clientName as it must be a string",
  ],
  ...["handshakeTimeout", "commandTimeout", "pingInterval", "pingTimeout"].map(
    (name): [string, object, string] => [
      "RedisClient.connect",
      { [name]: 0 },
      `${name} as it must be 1 or more milliseconds`,
    ],
  ),
];

for (const [n, [entry, options, said]] of ODD.entries()) {
  Deno.test(`${entry} refuses the odd value ${n}: ${said}`, async () => {
    const error = await assertRejects(
      () =>
        within((async () => await NAMING[entry]!(options))(), {
          what: "the refusal",
        }),
      Error,
      said,
    );
    assert(error instanceof TypeError || error instanceof RangeError);
  });
}

Deno.test("names that can't be meant are refused", async () => {
  const redis = new MemoryTransport();
  const empty = "name as it must not be empty";
  const run = () => 1;
  const calls: [() => unknown, string][] = [
    [() => barrier("", { redis, parties: 1 }), empty],
    [() => once("", { redis, parties: 1, run }), empty],
    [
      () => responding(redis, async (it) => await it.lockId("")),
      "publisherId as it must not be empty",
    ],
    [
      async () => {
        await using broker = Broker.listen();
        await using client = await RedisClient.connect(broker.url);
        await client.subscribe(["a"], undefined as Untyped);
      },
      "sink as it must be an object with a message()",
    ],
  ];
  for (const [call, said] of calls) {
    await assertRejects(async () => await call(), Error, `Cannot use ${said}`);
  }
});

Deno.test("an answer to what is no signal is refused in words", async () => {
  for (const [signal, shown] of [[undefined, "undefined"], ["fio", '"fio"']]) {
    for (const method of ["respond", "srespond"] as const) {
      await assertRejects(
        () =>
          responding(
            new MemoryTransport(),
            (it) => (it as Untyped)[method](signal),
          ),
        TypeError,
        `Cannot use signal as it must be a signal, or an object with its publisherId and event: current value is ${shown}`,
      );
    }
  }
});

Deno.test("legal events that are none are refused with all that they may be", async () => {
  await assertRejects(
    () =>
      exporting(
        new MemoryTransport(),
        (one) => one.initialize("start" as Untyped),
      ),
    TypeError,
    'Cannot use legalEvents as it must be an array of strings, or "any": current value is "start"',
  );
});

Deno.test("the adapters refuse a client that is no object", () => {
  for (const client of [undefined, null, "redis://localhost"] as Untyped[]) {
    for (const adapter of [fromIoredis, fromNodeRedis]) {
      assertThrows(
        () => adapter(client),
        TypeError,
        "Cannot use client as it must be a client",
      );
    }
  }
});

Deno.test("an event that has a method of its own is no legal event", async () => {
  for (const event of ["shutdown", "initialization"]) {
    const method = event === "shutdown" ? "shutdown" : "initialize";
    await assertRejects(
      () =>
        exporting(
          new MemoryTransport(),
          (one) => one.initialize(["start", event]),
        ),
      RangeError,
      `Cannot use "${event}" as a legal event: leave it out, because ${method}() publishes it`,
    );
  }
});

Deno.test("an empty process name is taken, as the Python package takes it", async () => {
  const redis = new MemoryTransport();
  await using responder = await SignalResponder.connect({ redis, name: "" });
  await using exporter = await SignalExporter.connect("", { redis });
  const serving = responder.serve({ "": () => {} }, { until: "" });
  await exporter.initializeAndWait(1, [""]);
  const { ok } = await exporter.publishSignal("");
  await serving;
  assertEquals([ok, exporter.processName], [true, ""]);
});

Deno.test("a misspelt option is refused with the name that is near", async () => {
  const cases: [keyof typeof NAMING, string, string][] = [
    ["SignalExporter.connect", "onlost", "onLost"],
    ["publishSignal", "failfast", "failFast"],
    ["barrier", "atleast", "atLeast"],
    ["once", "timeOut", "timeout"],
    ["serve", "Until", "until"],
    ["Broker.listen", "host", "hostname"],
    ["RedisClient.connect", "pasword", "password"],
    ["until", "counts", "count"],
  ];
  for (const [entry, given, meant] of cases) {
    await assertRejects(
      async () => await NAMING[entry]!({ [given]: 1 }),
      TypeError,
      `option ${given} as there is none of that name: did you mean ${meant}?`,
    );
  }
});

Deno.test("publishSignal refuses an until that is none, and shows it as it is written", async () => {
  const wrong: [unknown, string][] = [
    ["most", 'it must be "all", a count or a quorum: current value is "most"'],
    [null, "current value is null"],
    [{ count: "2" }, 'whole number from 1 to 2147483648: current value is "2"'],
    [{ quorum: "0.5" }, 'at most 1: current value is "0.5"'],
  ];
  for (const [until, message] of wrong) {
    await assertRejects(
      () =>
        exporting(
          new MemoryTransport(),
          (one) => one.publishSignal("a", { until: until as "all" }),
        ),
      Error,
      message,
    );
  }
});

/**
 * The messages that the page on troubleshooting explains are those that a user
 * gets: each is provoked, and compared with the page.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { Broker } from "../../src/broker/mod.ts";
import type { ConnectOptions } from "../../src/connect_options.ts";
import type { Logger } from "../../src/internal/logger.ts";
import { SignalExporter } from "../../src/signals/exporter/exporter.ts";
import { SignalResponder } from "../../src/signals/responder/responder.ts";
import { needsOpenssl } from "../support/certificates.ts";
import { DEFAULT_USER_OFF, leastPrivilegeUser } from "../support/redis_acl.ts";
import { needsRedis } from "../support/redis_binary.ts";
import {
  RedisServer,
  type RedisServerOptions,
} from "../support/redis_server.ts";
import { until } from "../support/wait.ts";
import { Cli } from "../cli/cli.ts";
import { readText } from "./documents.ts";

const PASSWORD = "open-sesame";
const USER = leastPrivilegeUser("app", PASSWORD);

/** By number, what the page says in bold. */
const MESSAGES = new Map(
  readText("examples/troubleshooting.md")
    .matchAll(/^(\d+)\. ([^]*?)(?=^\d+\. |^#)/gm)
    .map(([, number, item]): [number, RegExp[]] => [
      Number(number),
      [...item!.matchAll(/\*\*`([^`]+)`\*\*/g)].map(([, said]) =>
        new RegExp(
          said!.replace(/\s+/g, " ").split("…").map(RegExp.escape).join(".*"),
        )
      ),
    ]),
);

/** Takes down what is said while a message is provoked. */
class Notes implements Logger {
  readonly said: string[] = [];
  readonly debug = (): void => {};
  readonly info = (): void => {};
  readonly warn = (message: string): void => void this.said.push(message);
  readonly error = (message: string): void => void this.said.push(message);

  options(
    redis: ConnectOptions["redis"],
    more: ConnectOptions = {},
  ): ConnectOptions {
    return { redis: redis!, logger: this, connectTimeout: 2_500, ...more };
  }

  /** Connects an exporter and initializes it. */
  async initialize(redis: ConnectOptions["redis"]): Promise<void> {
    await using exporter = await SignalExporter.connect(
      "fio",
      this.options(redis),
    );
    await exporter.initialize(["start"]);
  }
}

/** A server of these options, and a login to it. */
function on(
  options: RedisServerOptions,
  redis: (server: RedisServer) => ConnectOptions["redis"] = ({ url }) => url,
): (notes: Notes) => Promise<void> {
  return async (notes) => {
    await using server = await RedisServer.start(options);
    await notes.initialize(redis(server));
  };
}

const asApp = (server: RedisServer) => server.urlAs("app", PASSWORD);

/** A publish that waits for an answer long enough to count the subscribers. */
async function slowPublish(notes: Notes, acl: string): Promise<void> {
  await using server = await RedisServer.start({
    acl: [DEFAULT_USER_OFF, acl],
  });
  const options = notes.options(asApp(server));
  await using responder = await SignalResponder.connect(options);
  const serving = responder.serve({
    start: () => new Promise((resolve) => setTimeout(resolve, 700)),
  });
  await using exporter = await SignalExporter.connect("fio", options);
  await exporter.initializeAndWait(1, ["start"]);
  await exporter.publishSignal("start");
  await responder.close();
  await serving;
}

async function loseLink(notes: Notes): Promise<void> {
  const broker = Broker.listen();
  await using responder = await SignalResponder.connect(
    notes.options({ url: broker.url, reconnectTimeout: 300 }),
  );
  broker.dropClients();
  await until(() => notes.said.some((each) => each.includes("is back")), {
    what: "the reconnect",
  });
  const lost = new Promise<void>((resolve) =>
    responder.addEventListener("disconnect", ({ detail }) => {
      if (detail.final) resolve();
    })
  );
  await broker.close();
  await lost;
}

/** By the number on the page, what provokes the message. */
const TRIALS: Readonly<Record<number, (notes: Notes) => Promise<unknown>>> = {
  1: (notes) =>
    SignalExporter.connect(
      "fio",
      notes.options("redis://127.0.0.1:1", { connectTimeout: 6_000 }),
    ),
  4: on({ tls: true }),
  5: on({ tls: true }, ({ port }) => `redis://127.0.0.1:${port}`),
  6: on({}, ({ port }) => `rediss://127.0.0.1:${port}`),
  async 7(notes) {
    await using server = Deno.serve(
      { port: 0, hostname: "127.0.0.1", onListen: () => {} },
      () => new Response(),
    );
    await notes.initialize(`redis://127.0.0.1:${server.addr.port}`);
  },
  async 8() {
    await using broker = Broker.listen();
    await Broker.listen({ port: broker.port }).close();
  },
  9: on({ password: PASSWORD }, ({ port }) => `redis://127.0.0.1:${port}`),
  10: on(
    { password: PASSWORD },
    ({ port }) => `redis://:wrong@127.0.0.1:${port}`,
  ),
  async 11(notes) {
    const acl = [DEFAULT_USER_OFF, USER.replace("&event-signal-pubsub", "")];
    await using server = await RedisServer.start({ acl });
    await (await SignalResponder.connect(notes.options(asApp(server)))).close();
  },
  12: (notes) => slowPublish(notes, USER),
  13: (notes) =>
    slowPublish(
      notes,
      `${USER.replace("+pubsub|numsub ", "")} &state-signals:*`,
    ),
  async 14(notes) {
    await using master = await RedisServer.start();
    await on({ replicaOf: master })(notes);
  },
  async 15(notes) {
    await using master = await RedisServer.start();
    await on({ sentinelOf: master })(notes);
  },
  16: loseLink,
  17: loseLink,
  async 18(notes) {
    await using broker = Broker.listen();
    const options = notes.options(broker.url);
    await using responder = await SignalResponder.connect(options);
    const serving = responder.serve({});
    await using exporter = await SignalExporter.connect("fio", options);
    await exporter.initializeAndWait(3, ["start"], { timeout: 300 });
    await responder.close();
    await serving;
  },
  async 19(notes) {
    await using broker = Broker.listen();
    await using exporter = await SignalExporter.connect(
      "fio",
      notes.options(broker.url),
    );
    await exporter.publishSignal("start");
  },
  async 21(notes) {
    await using broker = Broker.listen();
    const options = notes.options(broker.url);
    await using responder = await SignalResponder.connect(options);
    const serving = responder.serve({ start() {} });
    await using cli = Cli.start([
      "respond",
      ...["--on", "start", "--redis", broker.url],
    ]);
    await using exporter = await SignalExporter.connect("fio", options);
    await exporter.initializeAndWait(2, "any");
    await exporter.publishSignal("strat", { timeout: 300 });
    await until(() => cli.errors !== "", { what: "the note" });
    notes.said.push(cli.errors);
    await responder.close();
    await serving;
  },
};

Deno.test("the page on troubleshooting explains twenty-one messages", () => {
  assertEquals(
    [...MESSAGES.keys()],
    Array.from({ length: 21 }, (_, index) => index + 1),
  );
  for (const [number, patterns] of MESSAGES) {
    assert(patterns.length > 0, `message ${number} is not in bold`);
  }
});

const ignore = needsRedis("The page on troubleshooting is").ignore ||
  needsOpenssl("The page on troubleshooting is").ignore;
for (const [number, provoke] of Object.entries(TRIALS)) {
  Deno.test(`message ${number} on troubleshooting is what a user gets`, {
    ignore,
  }, async () => {
    const notes = new Notes();
    try {
      await provoke(notes);
    } catch (error) {
      notes.said.push((error as Error).message);
    }
    for (const pattern of MESSAGES.get(Number(number))!) {
      assert(
        notes.said.some((message) => pattern.test(message)),
        `${pattern} is none of ${JSON.stringify(notes.said)}`,
      );
    }
  });
}

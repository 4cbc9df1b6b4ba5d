import { Broker, type BrokerOptions } from "../../src/broker/mod.ts";
import { encode, RawClient } from "../broker/raw_client.ts";
import { within } from "../support/wait.ts";
import { percentiles, scenario } from "./scenario.ts";

const KIB = 1024;
const MIB = 1024 * KIB;
const SLOW_ONES = 50;
const PONG = "+PONG\r\n";
const PUBLISH = encode(["PUBLISH", "c", "smuggled"]);

/** An attack that ends its connection, and the counter of its reason. */
interface Attack {
  readonly options?: BrokerOptions;
  readonly counter: "protocolErrors" | "unauthenticated" | "stalled";
  run(port: number): Promise<void>;
}

const ATTACKS: readonly Attack[] = [
  ...[
    "x".repeat(MIB),
    "PING\r\n".repeat(100_000),
    "\r\n".repeat(100_000),
    "*".repeat(MIB),
    ":1\r\n".repeat(100_000),
    "*1\r\n$" + "1".repeat(MIB),
    `POST / HTTP/1.1\r\nHost: localhost\r\n\r\n${PUBLISH}`,
    `GET / HTTP/1.1\r\nHost: localhost\r\n\r\n${PUBLISH}`,
    `Host: localhost\r\n${PUBLISH}`,
    `\x16\x03\x01\x02\x00\x01${PUBLISH}`,
    "*1\r\n".repeat(100_000),
  ].map((bytes): Attack => ({
    counter: "protocolErrors",
    run: (port) => writeUntilClosed(port, bytes),
  })),
  {
    options: { password: "secret" },
    counter: "unauthenticated",
    run: (port) =>
      writeUntilClosed(port, encode(["AUTH", "wrong"]).repeat(100_000)),
  },
  ...Array.from({ length: SLOW_ONES }, (): Attack => ({
    options: { password: "secret", handshakeTimeout: 300 },
    counter: "unauthenticated",
    run: (port) => writeSlowly(port, encode(["AUTH", "secret".repeat(100)])),
  })),
  ...Array.from({ length: SLOW_ONES }, (): Attack => ({
    options: { commandTimeout: 300 },
    counter: "stalled",
    run: (port) => writeSlowly(port, encode(["PUBLISH", "c", "x".repeat(999)])),
  })),
];

scenario(
  25,
  "a client that floods the embedded broker, writes too slowly or speaks HTTP is closed and publishes nothing",
  {},
  async (report) => {
    let held = 0;
    const latencies: number[] = [];
    for (const attacks of groups(ATTACKS)) {
      const [{ options, counter }] = attacks;
      await using broker = Broker.listen(options);
      using bystander = await RawClient.connect(broker.port);
      if (options?.password !== undefined) {
        await bystander.ask(["AUTH", options.password], "+OK\r\n".length);
      }
      const underWay = Promise.all(
        attacks.map(({ run }) => run(broker.port)),
      );
      let running = true;
      const ended = underWay.finally(() => running = false);
      ended.catch(() => {}); // awaited when the loop has ended
      while (running) {
        const askedAt = performance.now();
        await bystander.ask(["PING"], PONG.length);
        latencies.push(performance.now() - askedAt);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      await within(ended, { what: "every attacker to be closed" });
      const { published, [counter]: closed } = broker.stats;
      if (published === 0) held += Math.min(closed, attacks.length);
    }
    report({
      tried: ATTACKS.length,
      held,
      figure: `closed, nothing published, a bystander's PING ${
        percentiles(latencies)
      }`,
    });
  },
);

/** The attacks grouped by the options of their broker. */
function groups(attacks: readonly Attack[]): [Attack, ...Attack[]][] {
  const byOptions = Map.groupBy(
    attacks,
    ({ options }) => JSON.stringify(options),
  );
  return [...byOptions.values()] as [Attack, ...Attack[]][];
}

async function writeUntilClosed(port: number, bytes: string): Promise<void> {
  using client = await RawClient.connect(port);
  await ignoreClosed(client.write(bytes));
  await client.readAll();
}

async function writeSlowly(port: number, bytes: string): Promise<void> {
  using client = await RawClient.connect(port);
  let isClosed = false;
  const end = client.readAll().finally(() => isClosed = true);
  for (let i = 0; !isClosed && i < bytes.length; i++) {
    await ignoreClosed(client.write(bytes[i]!));
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  await end;
}

async function ignoreClosed(writing: Promise<void>): Promise<void> {
  try {
    await writing;
  } catch (error) {
    if (
      !(error instanceof Deno.errors.BrokenPipe ||
        error instanceof Deno.errors.ConnectionReset)
    ) throw error;
  }
}

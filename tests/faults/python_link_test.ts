/**
 * The same link faults for Python's exporter and responder and for those of this
 * module: a table of the results. The peers of this module have to survive.
 *
 * @module
 */

import { assert } from "@std/assert";
import { setTimeout as sleep } from "node:timers/promises";
import {
  RESPONSE_CHANNEL,
  SIGNAL_CHANNEL,
} from "../../src/protocol/channels.ts";
import { SignalExporter } from "../../src/signals/exporter/exporter.ts";
import { SignalResponder } from "../../src/signals/responder/responder.ts";
import { FaultProxy } from "../support/fault_proxy.ts";
import {
  needsPython,
  PythonError,
  PythonExporter,
  PythonResponder,
} from "../support/python_peer.ts";
import { needsRedis } from "../support/redis_binary.ts";
import { RedisServer } from "../support/redis_server.ts";
import { until } from "../support/wait.ts";
import { SLACK, SWIFT } from "./link_stage.ts";

/** Milliseconds; Python takes whole seconds. */
const TIMEOUT = 1_000;
/** The number of attempts after a fault until a role counts as deaf. */
const ATTEMPTS = 2;

type Fault = (server: RedisServer, proxy: FaultProxy) => Promise<void>;

const FAULTS: Readonly<Record<string, Fault>> = {
  "links cut": (_server, proxy) => Promise.resolve(proxy.cut()),
  "links silent for 0.6 s": async (_server, proxy) => {
    proxy.blackhole();
    await sleep(600);
    await proxy.heal();
  },
  "server killed and restarted": async (server) => {
    await server.kill();
    await sleep(200);
    await server.restart();
  },
  "CLIENT KILL TYPE pubsub": async (server) => {
    await server.cli("CLIENT", "KILL", "TYPE", "pubsub");
  },
  "malformed payloads": async (server) => {
    for (const channel of [SIGNAL_CHANNEL, RESPONSE_CHANNEL]) {
      for (const payload of ["5", "[1]", "{", "null"]) {
        await server.cli("PUBLISH", channel, payload);
      }
    }
  },
};

/** The result of a fault for a role. */
interface Finding {
  readonly text: string;
  /** Whether the result is the one that this module promises. */
  readonly holds: boolean;
}

const ROLES: Readonly<
  Record<string, (fault: Fault) => Promise<Finding>>
> = {
  "Python's exporter": (fault) => tryExporter(pythonExporter, fault),
  "our exporter": (fault) => tryExporter(ourExporter, fault),
  "Python's responder": (fault) => tryResponder(pythonResponder, fault),
  "our responder": (fault) => tryResponder(ourResponder, fault),
};

const needed = [
  needsRedis("Link faults of Python's peers"),
  needsPython("Link faults of Python's peers"),
];

Deno.test({
  name:
    "exporter and responder of this module survive the link faults that Python's peers do not survive",
  ignore: needed.some(({ ignore }) => ignore),
  async fn() {
    const broken: string[] = [];
    for (const [faultName, fault] of Object.entries(FAULTS)) {
      const lines = await Promise.all(
        Object.entries(ROLES).map(async ([role, tryRole]) => {
          const { text, holds } = await tryRole(fault);
          const line = `${faultName.padEnd(28)} ${role.padEnd(19)} ${text}`;
          if (!holds && role.startsWith("our")) broken.push(line);
          return line;
        }),
      );
      console.log(lines.join("\n"));
    }
    assert(
      broken.length === 0,
      `Peers of this module did not survive:\n${broken.join("\n")}`,
    );
  },
});

/** A result code, the messages by responder, and the reason of a missing response. */
interface PublishReport {
  readonly code: number;
  readonly messages: Record<string, string>;
  readonly reason?: string | undefined;
}

/** An exporter of Python or of this module. */
interface AnyExporter extends AsyncDisposable {
  initializeAndWait(count: number, events: string[]): Promise<boolean>;
  publish(): Promise<PublishReport>;
}

async function ourExporter(url: string): Promise<AnyExporter> {
  const exporter = await SignalExporter.connect("fio", ours(url));
  return {
    initializeAndWait: (count, events) =>
      exporter.initializeAndWait(count, events),
    async publish() {
      const { code, acks, missing, messages } = await exporter.publishSignal(
        "state",
        { timeout: TIMEOUT },
      );
      assert(acks.size + missing.size === 1, "a response is unaccounted for");
      return { code, messages, reason: [...missing.values()][0] };
    },
    [Symbol.asyncDispose]: () => exporter.close(),
  };
}

async function pythonExporter(url: string): Promise<AnyExporter> {
  const exporter = await PythonExporter.connect(url);
  return {
    initializeAndWait: (count, events) =>
      exporter.initializeAndWait(count, events),
    publish: () => exporter.publishSignal("state", { timeout: TIMEOUT }),
    [Symbol.asyncDispose]: () => exporter[Symbol.asyncDispose](),
  };
}

/** The fault happens during a publish without responses. */
async function tryExporter(
  connect: (url: string) => Promise<AnyExporter>,
  fault: Fault,
): Promise<Finding> {
  await using server = await RedisServer.start();
  await using proxy = await FaultProxy.start(server);
  await using responder = await SignalResponder.connect(ours(server.url));
  let heard = 0;
  let isMute = true;
  (async () => {
    for await (const signal of responder) {
      if (signal.event === "state") heard++;
      if (signal.event === "state" && isMute) continue;
      await responder.srespond(signal, 1, "done").catch(() => {});
    }
  })();
  await using exporter = await connect(proxy.url);
  assert(await exporter.initializeAndWait(1, ["state"]));
  const publish = async () => {
    const since = performance.now();
    const { code, messages, reason }: PublishReport = await exporter.publish()
      .catch((error) => ({ code: -1, messages: {}, reason: nameOf(error) }));
    const isHeard = messages[responder.responderId] === "done";
    return {
      isLate: performance.now() - since > TIMEOUT + SLACK,
      isTrue: code === 0 && isHeard,
      isFalse: code === 0 && !isHeard,
      text: code === -1 ? `raises ${reason}` : `missing (${reason ?? "-"})`,
    };
  };
  const waiting = publish();
  await until(() => heard > 0, { what: "the signal" });
  await fault(server, proxy);
  const during = await waiting;
  isMute = false;
  await until(
    async () =>
      (await server.cli("PUBSUB", "CHANNELS")).includes(SIGNAL_CHANNEL),
    { what: "the responder to be back" },
  );
  let after = await publish();
  for (let attempt = 1; attempt < ATTEMPTS && !after.isTrue; attempt++) {
    after = await publish();
  }
  const say = ({ isTrue, isFalse, text }: typeof after) =>
    isTrue ? "success" : isFalse ? "FALSE SUCCESS" : text;
  return {
    text: `during the publish: ${say(during)}; afterwards: ${say(after)}`,
    holds: !during.isLate && !during.isTrue && !during.isFalse && after.isTrue,
  };
}

/** A responder of Python or of this module that answers every signal. */
interface AnyResponder extends AsyncDisposable {
  /** The reason for which `listen()` has ended; undefined if it has not. */
  ended(): Promise<string | undefined>;
  /** Whether the responder has reported a gap or a malformed message. */
  readonly isTold: boolean;
}

async function ourResponder(url: string): Promise<AnyResponder> {
  const responder = await SignalResponder.connect(ours(url));
  let end: string | undefined;
  let isTold = false;
  for (const type of ["gap", "malformed"] as const) {
    responder.addEventListener(type, () => isTold = true);
  }
  (async () => {
    for await (const signal of responder) {
      await responder.srespond(signal, 1).catch(() => {});
    }
    end = "without an error";
  })().catch((error) => end = nameOf(error));
  return {
    ended: () => Promise.resolve(end),
    get isTold() {
      return isTold;
    },
    [Symbol.asyncDispose]: () => responder.close(),
  };
}

async function pythonResponder(url: string): Promise<AnyResponder> {
  const responder = await PythonResponder.connect(url);
  await responder.listen({ "*": { ras: 1 } });
  return {
    isTold: false,
    async ended() {
      try {
        for (;;) await responder.nextSignal({ timeout: 50 });
      } catch (error) {
        return error instanceof PythonError ? error.type : undefined;
      }
    },
    [Symbol.asyncDispose]: () => responder[Symbol.asyncDispose](),
  };
}

/** The fault happens between two signals. */
async function tryResponder(
  connect: (url: string) => Promise<AnyResponder>,
  fault: Fault,
): Promise<Finding> {
  await using server = await RedisServer.start();
  await using proxy = await FaultProxy.start(server);
  await using responder = await connect(proxy.url);
  await using exporter = await SignalExporter.connect("fio", ours(server.url));
  assert(await exporter.initializeAndWait(1, ["state"]));
  const publish = async () => {
    const result = await exporter
      .publishSignal("state", { timeout: TIMEOUT })
      .catch(() => undefined);
    return result?.ok ?? false;
  };
  assert(await publish());
  await fault(server, proxy);
  let answers = await publish();
  for (let attempt = 1; attempt < ATTEMPTS && !answers; attempt++) {
    answers = await publish();
  }
  const end = await responder.ended();
  return {
    text: end !== undefined
      ? `listen() has ended: ${end}`
      : `${answers ? "answers again" : "hears no more signals"}, ${
        responder.isTold ? "and reported the fault" : "and reported no fault"
      }`,
    holds: end === undefined && answers && responder.isTold,
  };
}

function ours(url: string) {
  return { redis: { ...SWIFT, url }, logLevel: "CRITICAL" } as const;
}

function nameOf(error: unknown): string {
  return error instanceof PythonError ? error.type : (error as Error).name;
}

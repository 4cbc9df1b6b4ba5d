/**
 * Every way in which connecting with credentials fails, and everything that is
 * said meanwhile.
 *
 * @module
 */

import {
  type DisconnectDetail,
  type Logger,
  SignalExporter,
  SignalResponder,
} from "../../mod.ts";
import type { ConnectOptions } from "../../src/connect_options.ts";
import type { RedisOptions } from "../../src/redis/mod.ts";
import {
  type FakePeer,
  FakeServer,
  type Script,
} from "../support/fake_server.ts";
import { within } from "../support/wait.ts";

/** What must be seen nowhere. */
export const PASSWORD = "s3cret-pa55";

const CREDENTIALS = { username: "me", password: PASSWORD };
const HELLO_OK = "%1\r\n+proto\r\n:3\r\n";
const ECHO = `with args beginning with: '3' 'AUTH' 'me' '${PASSWORD}' `;

/** Fails; resolves with all that was said of it, as shown in full. */
export type Failure = () => Promise<string>;

/** By what goes wrong. */
export const FAILURES: Readonly<Record<string, Failure>> = {
  "a URL that is none": () => failing(`redis://me:${PASSWORD}@:x:y`),
  "a URL of another scheme": () => failing(`http://me:${PASSWORD}@127.0.0.1`),
  "a URL without slashes": () => failing(`redis:me:${PASSWORD}@127.0.0.1`),
  "a URL with a bad port": () => failing(`redis://me:${PASSWORD}@a:99999`),
  "a URL with a bad database": () =>
    failing(`redis://me:${PASSWORD}@a/${PASSWORD}`),
  "a URL with broken encoding": () => failing(`redis://me:${PASSWORD}%zz@a`),
  "options that contradict each other": () =>
    failing({ ...CREDENTIALS, url: "rediss://a", tls: false }),
  "a password that is no text": () =>
    failing({ password: [PASSWORD] as unknown as string }),
  "a port on which nobody listens": () =>
    failing({ ...CREDENTIALS, hostname: "127.0.0.1", port: 1 }),
  "a name that is nobody's": () =>
    failing({ ...CREDENTIALS, hostname: "nobody.invalid" }),
  "a socket that is not there": () =>
    failing({ ...CREDENTIALS, path: "/nowhere/redis.sock" }),
  "a plaintext server where TLS is due": () => greeted(mute, { tls: true }),
  "a mute server": () => greeted(mute),
  "a server that hangs up": () => greeted((peer) => hangUpAfter(peer, 1)),
  "a wrong password": () => greeted(replying("-WRONGPASS invalid pair\r\n")),
  "a user who may not log in": () => greeted(replying("-NOPERM no\r\n")),
  "a server that repeats HELLO": () =>
    greeted(replying(`-ERR unknown command 'HELLO', ${ECHO}\r\n`)),
  "a server that repeats AUTH": () =>
    greeted(replying(
      "-ERR unknown command 'HELLO'\r\n",
      `-ERR unknown command 'AUTH', with args beginning with: '${PASSWORD}'\r\n`,
    )),
  "a server that repeats the password as it likes": () =>
    greeted(replying(`-ERR what is ${PASSWORD}?\r\n`)),
  "a server that makes the password its error code": () =>
    greeted(replying(`-${PASSWORD} is wrong\r\n`)),
  "a server that repeats a password it takes for wrong": () =>
    greeted(replying(`-WRONGPASS not ${PASSWORD}\r\n`)),
  "a server that says more than it was asked": () =>
    greeted(replying(HELLO_OK, `+PONG\r\n-ERR not ${PASSWORD}\r\n`)),
  "a server that repeats what is no Redis": () =>
    greeted(replying(`$HELLO 3 AUTH me ${PASSWORD}\r\n`)),
  "a password that is changed while connected": changedPassword,
};

/** All that a responder shows and says of a link that is lost for good. */
async function changedPassword(): Promise<string> {
  await using server = FakeServer.listen(
    async (peer) => {
      await letIn(peer);
      await untilGone(peer);
    },
    async (peer) => {
      await letIn(peer);
      await peer.next();
      await peer.reply(">3\r\n+subscribe\r\n+event-signal-pubsub\r\n:1\r\n");
      peer.close();
    },
    replying(`-WRONGPASS not ${PASSWORD}\r\n`),
  );
  const { said, options } = listening({ ...CREDENTIALS, url: server.url });
  await using responder = await SignalResponder.connect(options);
  const lost = Promise.withResolvers<DisconnectDetail>();
  responder.addEventListener("disconnect", ({ detail }) => {
    if (detail.final) lost.resolve(detail);
  });
  const detail = await within(lost.promise, { what: "the link to be lost" });
  said.push(show(responder), show(detail));
  return said.join("\n");
}

async function letIn(peer: FakePeer): Promise<void> {
  await peer.expect("HELLO", "3", "AUTH", CREDENTIALS.username, PASSWORD);
  await peer.reply(HELLO_OK);
  await peer.expect("PING");
  await peer.reply("+PONG\r\n");
}

async function greeted(
  script: Script,
  options: RedisOptions = {},
): Promise<string> {
  await using server = FakeServer.listen(script);
  const { hostname, port } = server;
  return await failing({
    ...CREDENTIALS,
    ...options,
    hostname,
    port,
    handshakeTimeout: 100,
  });
}

async function failing(redis: string | RedisOptions): Promise<string> {
  const { said, options } = listening(redis);
  for (
    const connect of [
      () => SignalResponder.connect(options),
      () => SignalExporter.connect("fio", options),
    ]
  ) {
    try {
      const peer = await connect();
      // Greeted, but what follows is no Redis.
      await using _closing = peer;
      if (peer instanceof SignalExporter) await peer.initialize(["state"]);
      said.push(show(peer));
    } catch (error) {
      said.push(show(error));
    }
  }
  return said.join("\n");
}

function listening(
  redis: string | RedisOptions,
): { said: string[]; options: ConnectOptions } {
  const said: string[] = [];
  const say = (message: string) => void said.push(message);
  const logger: Logger = { debug: say, info: say, warn: say, error: say };
  return {
    said,
    options: { redis, logger, logLevel: "DEBUG", connectTimeout: 0 },
  };
}

/** All of it: causes, stacks, what is not enumerable. */
export function show(value: unknown): string {
  const shown = Deno.inspect(value, { depth: 100, showHidden: true });
  if (!(value instanceof Error)) return shown;
  const { stack, cause } = value;
  const own = JSON.stringify(value, Object.getOwnPropertyNames(value));
  return [shown, String(value), stack, own, cause && show(cause)].join("\n");
}

function replying(...replies: string[]): Script {
  return async (peer) => {
    for (const reply of replies) {
      if (await peer.next() === undefined) return;
      await peer.reply(reply);
    }
    await untilGone(peer);
  };
}

async function hangUpAfter(peer: FakePeer, commands: number): Promise<void> {
  for (let i = 0; i < commands; i++) await peer.next();
  peer.close();
}

async function mute(peer: FakePeer): Promise<void> {
  try {
    await untilGone(peer);
  } catch {
    // TLS is nothing that it can read.
  }
}

async function untilGone(peer: FakePeer): Promise<void> {
  while (await peer.next() !== undefined);
}

/**
 * The ways in which connecting with credentials fails, and all output of each
 * failure.
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

/** The password, which must not appear in any output. */
export const PASSWORD = "s3cret-pa55";

const CREDENTIALS = { username: "me", password: PASSWORD };
const HELLO_OK = "%1\r\n+proto\r\n:3\r\n";
const ECHO = `with args beginning with: '3' 'AUTH' 'me' '${PASSWORD}' `;

/** Fails; resolves with all errors, log lines and objects, shown in full. */
export type Failure = () => Promise<string>;

/** The failures by name. */
export const FAILURES: Readonly<Record<string, Failure>> = {
  "a malformed URL": () => failing(`redis://me:${PASSWORD}@:x:y`),
  "a URL of another scheme": () => failing(`http://me:${PASSWORD}@127.0.0.1`),
  "a URL without slashes": () => failing(`redis:me:${PASSWORD}@127.0.0.1`),
  "a URL with a bad port": () => failing(`redis://me:${PASSWORD}@a:99999`),
  "a URL with a bad database": () =>
    failing(`redis://me:${PASSWORD}@a/${PASSWORD}`),
  "a URL with broken encoding": () => failing(`redis://me:${PASSWORD}%zz@a`),
  "options that contradict each other": () =>
    failing({ ...CREDENTIALS, url: "rediss://a", tls: false }),
  "a password that is no string": () =>
    failing({ password: [PASSWORD] as unknown as string }),
  "a port without a listener": () =>
    failing({ ...CREDENTIALS, hostname: "127.0.0.1", port: 1 }),
  "an unknown host name": () =>
    failing({ ...CREDENTIALS, hostname: "unknown.invalid" }),
  "a missing unix socket": () =>
    failing({ ...CREDENTIALS, path: "/nowhere/redis.sock" }),
  "a plaintext server in place of a TLS server": () =>
    greeted(mute, { tls: true }),
  "a mute server": () => greeted(mute),
  "a server that hangs up": () => greeted((peer) => hangUpAfter(peer, 1)),
  "a wrong password": () => greeted(replying("-WRONGPASS invalid pair\r\n")),
  "a user without permission to log in": () =>
    greeted(replying("-NOPERM no\r\n")),
  "a server that repeats HELLO": () =>
    greeted(replying(`-ERR unknown command 'HELLO', ${ECHO}\r\n`)),
  "a server that repeats AUTH": () =>
    greeted(replying(
      "-ERR unknown command 'HELLO'\r\n",
      `-ERR unknown command 'AUTH', with args beginning with: '${PASSWORD}'\r\n`,
    )),
  "a server that repeats the password in any error": () =>
    greeted(replying(`-ERR what is ${PASSWORD}?\r\n`)),
  "a server that makes the password its error code": () =>
    greeted(replying(`-${PASSWORD} is wrong\r\n`)),
  "a server that repeats a password that it refuses": () =>
    greeted(replying(`-WRONGPASS not ${PASSWORD}\r\n`)),
  "a server that sends a surplus reply with the password": () =>
    greeted(replying(HELLO_OK, `+PONG\r\n-ERR not ${PASSWORD}\r\n`)),
  "a server that repeats the command in a reply that is not RESP": () =>
    greeted(replying(`$HELLO 3 AUTH me ${PASSWORD}\r\n`)),
  "a password that is changed while connected": changedPassword,
};

/** All output of a responder about a link that is lost for good. */
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
      // The greeting was valid, but the replies after it are not.
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

/** A value in full: with causes, stacks and properties that are not enumerable. */
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
    // The peer can't read TLS.
  }
}

async function untilGone(peer: FakePeer): Promise<void> {
  while (await peer.next() !== undefined);
}

/**
 * Servers with which a TLS handshake must fail.
 *
 * @module
 */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { RedisClient, RedisConnectionError } from "../../src/redis/mod.ts";
import type { RedisTlsOptions } from "../../src/redis/mod.ts";
import {
  type Certificate,
  certificates,
  needsOpenssl,
} from "../support/certificates.ts";
import { needsRedis } from "../support/redis_binary.ts";
import { RedisServer } from "../support/redis_server.ts";
import { SLACK } from "./link_stage.ts";
import { percentiles, scenario } from "./scenario.ts";
import { Tally } from "./tally.ts";

const HANDSHAKE_TIMEOUT = 400;

/** A peer that listens until it is disposed of. */
interface Peer extends AsyncDisposable {
  readonly port: number;
}

/** A peer and the pattern of the error, for both TLS implementations. */
interface BadPeer {
  open(): Promise<Peer>;
  readonly says: RegExp;
}

const BAD_PEERS: Readonly<Record<string, BadPeer>> = {
  "a mute server": {
    open: () => Promise.resolve(new PlainPeer("")),
    says: /not ready within 400 ms/,
  },
  "a server that hangs up": {
    open: () => Promise.resolve(new PlainPeer(undefined)),
    says: /end of file|disconnected|reset/i,
  },
  "a plaintext peer that speaks first": {
    open: () => Promise.resolve(new PlainPeer("-ERR who are you?\r\n")),
    says: /InvalidContentType|wrong version number/i,
  },
  "a plaintext Redis": {
    open: () => RedisServer.start(),
    // Redis answers or not, depending on the random bytes of the handshake.
    says: /not ready within 400 ms|InvalidContentType|wrong version number/,
  },
  "a wrong authority": {
    open: async () => showing((await certificates()).stranger),
    says: /UnknownIssuer|no trusted authority/,
  },
  "an expired certificate": {
    open: async () => showing((await certificates()).expired),
    says: /expired/i,
  },
  "a wrong host name": {
    open: async () => showing((await certificates()).elsewhere),
    says: /not valid for name|does not match/i,
  },
};

const needs = {
  ignore: needsRedis("TLS faults are").ignore ||
    needsOpenssl("TLS faults are").ignore,
};

scenario(
  11,
  "a peer with which TLS is impossible or unsafe is a clear error within the deadline",
  { needs },
  async (report) => {
    const tally = new Tally();
    const after: number[] = [];
    const { authority, client } = await certificates();
    const ways: Record<string, RedisTlsOptions> = {
      "verifying": { caCerts: [authority.cert] },
      "with a client certificate": {
        caCerts: [authority.cert],
        cert: client.cert,
        key: client.key,
      },
    };
    for (const [way, tls] of Object.entries(ways)) {
      await tally.try(`a good peer, ${way}`, () => connectToGood(tls));
      for (const [name, { open, says }] of Object.entries(BAD_PEERS)) {
        await tally.try(`${name}, ${way}`, async () => {
          await using peer = await open();
          after.push(await failInTime(peer, tls, says));
        });
      }
    }
    report(tally.findings(
      `told after ${percentiles(after)}, deadline ${HANDSHAKE_TIMEOUT} ms`,
    ));
  },
);

/** Asserts that a good peer is accepted. */
async function connectToGood(tls: RedisTlsOptions): Promise<void> {
  await using server = await showing((await certificates()).server);
  await using client = await RedisClient.connect({ url: server.url, tls });
  assertEquals(await client.send("PING"), "PONG");
}

/** Resolves with the milliseconds until the failure. */
async function failInTime(
  { port }: Peer,
  tls: RedisTlsOptions,
  says: RegExp,
): Promise<number> {
  const since = performance.now();
  const error = await assertRejects(
    () =>
      RedisClient.connect({
        url: `rediss://:sesame@127.0.0.1:${port}`,
        tls,
        handshakeTimeout: HANDSHAKE_TIMEOUT,
        connectTimeout: 0,
      }),
    RedisConnectionError,
    `Cannot connect to rediss://127.0.0.1:${port}: `,
  );
  const elapsed = performance.now() - since;
  assert(says.test(error.message), error.message);
  assert(elapsed < HANDSHAKE_TIMEOUT + SLACK, `it took ${elapsed} ms`);
  return elapsed;
}

function showing(certificate: Certificate): Promise<RedisServer> {
  return RedisServer.start({ tls: { certificate } });
}

/** Accepts connections, sends a greeting or hangs up, and stays mute. */
class PlainPeer implements Peer {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #connections: Deno.Conn[] = [];
  readonly #accepting: Promise<void>;

  /** @param greeting Undefined if the peer hangs up. */
  constructor(greeting: string | undefined) {
    this.#accepting = this.#accept(greeting);
  }

  get port(): number {
    return this.#listener.addr.port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    await this.#accepting;
    for (const connection of this.#connections) connection.close();
  }

  async #accept(greeting: string | undefined): Promise<void> {
    for await (const connection of this.#listener) {
      if (greeting === undefined) connection.close();
      else {
        this.#connections.push(connection);
        await connection.write(new TextEncoder().encode(greeting));
      }
    }
  }
}

/**
 * A server with exporters and responders of both languages, on which every
 * message is recorded and checked against the rules for Python.
 *
 * @module
 */

import type { ExporterOptions } from "../../src/signals/exporter/options.ts";
import type { SignalExporter } from "../../src/signals/exporter/exporter.ts";
import { type ServerKind, SERVERS } from "../interop/servers.ts";
import { WireLog } from "../interop/wire_log.ts";
import type { WireMessage } from "../interop/wire_rules.ts";
import { startRole } from "../support/child.ts";
import { FaultProxy } from "../support/fault_proxy.ts";
import type { JsonProcess } from "../support/json_process.ts";
import {
  needsPython,
  type PythonAnswers,
  PythonExporter,
  PythonResponder,
} from "../support/python_peer.ts";
import { Stage } from "../support/stage.ts";
import { assertNothingForbidden } from "./forbidden.ts";

/** The peers that a test needs beside a server. */
export interface Needs {
  readonly python?: boolean;
}

/**
 * Registers a test that plays on all servers concurrently, because most of it is
 * waiting; the messages on the wire are checked at the end.
 */
export function onEveryServer(
  name: string,
  play: (stage: TrustStage) => Promise<void>,
  { python = false }: Needs = {},
): void {
  const lacksPython = python && needsPython("Trust in Python peers").ignore;
  const servers = SERVERS.filter(({ ignore }) => !ignore);
  Deno.test({
    name,
    ignore: lacksPython,
    async fn() {
      const plays = servers.map((server) => playOn(server, play));
      // All plays must end before the next test begins, even if one fails.
      await Promise.allSettled(plays);
      await Promise.all(plays);
    },
  });
}

async function playOn(
  server: ServerKind,
  play: (stage: TrustStage) => Promise<void>,
): Promise<void> {
  try {
    await using running = await server.start();
    await using log = await WireLog.start(running.url);
    await using stage = new TrustStage(running.url, server.name, log);
    await play(stage);
    stage.assertNothingForbidden(await log.take());
  } catch (cause) {
    const { message } = cause as Error;
    throw new Error(`Over ${server.name}: ${message}`, { cause });
  }
}

/** The cast of one test. */
export class TrustStage extends Stage {
  readonly url: string;
  readonly serverName: string;
  readonly #log: WireLog;
  readonly #others = new AsyncDisposableStack();
  /** The messages taken from the log so far. */
  readonly #taken: WireMessage[] = [];

  constructor(url: string, serverName: string, log: WireLog) {
    super({
      redis: { url },
      namespaces: false,
      [Symbol.asyncDispose]: () => Promise.resolve(),
    });
    this.url = url;
    this.serverName = serverName;
    this.#log = log;
  }

  /** An exporter with `count` subscribers, which must already listen. */
  async exporterOf(
    count: number,
    legalEvents: readonly string[],
    options: ExporterOptions = {},
  ): Promise<SignalExporter> {
    const exporter = await this.exporter(options);
    // A Python responder may not read its first signal yet.
    const joined = await exporter.initializeAndWait(count, legalEvents, {
      timeout: 10_000,
      periodic: 200,
    });
    if (!joined) throw new Error(`There are fewer than ${count} subscribers`);
    return exporter;
  }

  /** A responder of Python that listens. */
  async python(answers: PythonAnswers): Promise<PythonResponder> {
    const responder = this.#others.use(await PythonResponder.connect(this.url));
    await responder.listen(answers);
    return responder;
  }

  async pythonExporter(): Promise<PythonExporter> {
    return this.#others.use(await PythonExporter.connect(this.url));
  }

  /** A way to the server that can be disturbed. */
  async proxy(): Promise<FaultProxy> {
    return this.#others.use(await FaultProxy.start({ port: this.#port }));
  }

  /** A peer in a process of its own, by its script in `tests/support/roles`. */
  role(script: string, ...args: readonly string[]): JsonProcess {
    return this.#others.use(startRole(script, {
      args: [this.url, ...args],
      permissions: [`--allow-net=127.0.0.1:${this.#port}`],
    }));
  }

  /** The messages on the wire since the last call. */
  async traffic(): Promise<WireMessage[]> {
    const messages = await this.#log.take();
    this.#taken.push(...messages);
    return messages;
  }

  /** All messages on the wire so far. */
  async allTraffic(): Promise<readonly WireMessage[]> {
    await this.traffic();
    return this.#taken;
  }

  /** Asserts that no message so far or in the rest is forbidden for Python. */
  assertNothingForbidden(rest: readonly WireMessage[]): void {
    assertNothingForbidden([...this.#taken, ...rest]);
  }

  /** Prints a figure. */
  figure(text: string): void {
    console.log(`[trust] ${text}, over ${this.serverName}`);
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    await super[Symbol.asyncDispose]();
    await this.#others.disposeAsync();
  }

  get #port(): number {
    return Number(new URL(this.url).port);
  }
}

/**
 * A role that is an exporter and a responder at once, and prints the result of an
 * exchange between them: for tests of the needed permissions.
 *
 * Argument: Redis options as JSON.
 *
 * @module
 */

import { SignalExporter, SignalResponder } from "../../../mod.ts";
import type { RedisOptions } from "../../../src/redis/mod.ts";

/** The result of the exchange. */
export interface ExchangeReport {
  /** Whether every signal was answered. */
  readonly ok: boolean;
  readonly runnerHost?: string;
  /** The error that prevented the exchange. */
  readonly error?: { readonly name: string; readonly message: string };
}

console.log(JSON.stringify(await exchange(JSON.parse(Deno.args[0]!))));

async function exchange(redis: RedisOptions): Promise<ExchangeReport> {
  try {
    await using responder = await SignalResponder.connect({ redis });
    await using exporter = await SignalExporter.connect("fio", { redis });
    const answering = answerAll(responder);
    await exporter.initializeAndWait(1, ["state"], { timeout: 10_000 });
    const { ok } = await exporter.publishSignal("state");
    await exporter.shutdown();
    await answering;
    return { ok, runnerHost: exporter.runnerHost };
  } catch (error) {
    const { name, message } = error as Error;
    return { ok: false, error: { name, message } };
  }
}

async function answerAll(responder: SignalResponder): Promise<void> {
  for await (const signal of responder) {
    if (signal.event === "shutdown") return;
    await responder.srespond(signal, 1);
  }
}

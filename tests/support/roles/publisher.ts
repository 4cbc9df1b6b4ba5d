/**
 * A role that publishes a signal for each line of its input, and prints the
 * result.
 *
 * Argument: Redis options as JSON.
 *
 * @module
 */

import { SignalExporter } from "../../../mod.ts";

/** The result of one signal, whose only subscriber does not exist. */
export interface PublisherReport {
  /** The reason of the missing response. */
  readonly missing?: string | undefined;
  /** The error of a publish that was rejected. */
  readonly error?: string;
  readonly outcome?: string;
}

await using exporter = await SignalExporter.connect("fio", {
  redis: JSON.parse(Deno.args[0]!),
  logLevel: "CRITICAL",
});
await exporter.initialize(["state"], { expected: ["nobody"] });
console.log(JSON.stringify("ready"));
for await (
  const text of Deno.stdin.readable.pipeThrough(new TextDecoderStream())
) {
  for (const _line of text.split("\n").filter(Boolean)) {
    console.log(JSON.stringify(await publish()));
  }
}

async function publish(): Promise<PublisherReport> {
  try {
    const { missing } = await exporter.publishSignal("state", {
      timeout: 1_000,
    });
    return { missing: missing.get("nobody") };
  } catch (error) {
    const { message, outcome } = error as Error & { outcome: string };
    return { error: message, outcome };
  }
}

/**
 * A role: an exporter that does what it is told, and says what became of it.
 *
 * @module
 */

import { type PublishResult, SignalExporter } from "../../../mod.ts";
import {
  commands,
  type ExporterCommand,
  type ExporterStart,
} from "../commands.ts";
import { type SaidResult, say } from "../lines.ts";
import { keepVigil, reportLink, textOf } from "./vigil.ts";

const { redis, options }: ExporterStart = JSON.parse(Deno.args[0]!);

keepVigil();
const exporter = await SignalExporter.connect("model", {
  ...options,
  // JSON has no Infinity.
  evictAfterMisses: options.evictAfterMisses ?? Infinity,
  redis,
  logLevel: "CRITICAL",
});
reportLink(exporter);
exporter.addEventListener(
  "ack",
  ({ detail: { responderId, event, latency } }) =>
    say({ said: "ack", id: responderId, event, latency }),
);
exporter.addEventListener(
  "stray",
  ({ detail: { responderId, event, reason } }) =>
    say({ said: "stray", id: responderId, event, reason }),
);
exporter.addEventListener(
  "subscribe",
  ({ detail }) => say({ said: "subscribe", id: detail.responderId }),
);
exporter.addEventListener(
  "unsubscribe",
  ({ detail: { responderId, reason } }) =>
    say({ said: "unsubscribe", id: responderId, why: reason }),
);
say({ said: "ready", id: exporter.publisherId });
for await (const command of commands<ExporterCommand>()) obey(command);
// Whoever gave the commands is gone: it must not meet the next one on this port.
Deno.exit();

function obey(command: ExporterCommand): void {
  switch (command.do) {
    case "publish":
      return publish(command);
    case "initialize": {
      const { events, expected = [], tag } = command;
      const options = tag === undefined ? { expected } : { expected, tag };
      return report("initialize", () => exporter.initialize(events, options));
    }
    case "initializeAndWait": {
      const { count, events, timeout, periodic } = command;
      return report(
        "initializeAndWait",
        () => exporter.initializeAndWait(count, events, { timeout, periodic }),
      );
    }
    case "remove":
      return report(
        `remove ${command.id}`,
        () => Promise.resolve(exporter.remove(command.id)),
      );
    case "shutdown":
      return report("shutdown", () => exporter.shutdown());
    case "close":
      exporter.close().then(() => {
        say({ said: "closed" });
        Deno.exit();
      });
  }
}

function report(what: string, act: () => Promise<unknown>): void {
  const did = (error: string | null) =>
    say({ said: "did", what, error, roster: [...exporter.subscribers] });
  act().then(() => did(null), (error) => did(textOf(error)));
}

function publish(
  { n, event, terms, abortAfter }: ExporterCommand & { do: "publish" },
): void {
  const { timeout = Infinity } = terms;
  const abort = new AbortController();
  const timer = abortAfter !== undefined && setTimeout(() => {
    say({ said: "aborted", n });
    abort.abort();
  }, abortAfter);
  say({
    said: "called",
    n,
    event,
    timeout: timeout === Infinity ? null : timeout,
    terms,
    roster: [...exporter.subscribers],
  });
  const since = performance.now();
  exporter.publishSignal(event, {
    ...terms,
    timeout,
    metadata: { n },
    signal: abort.signal,
  }).then(
    (result) => {
      const took = performance.now() - since;
      say({ said: "settled", n, took, result: sayable(result) });
    },
    (error) => {
      const { name, message, outcome = null } = error;
      const took = performance.now() - since;
      say({ said: "rejected", n, took, name, message, outcome });
    },
  ).finally(() => timer !== false && clearTimeout(timer));
}

function sayable(result: PublishResult): SaidResult {
  const { code, ok, waited, messages } = result;
  return {
    code,
    ok,
    waited,
    acks: Object.fromEntries(result.acks),
    missing: Object.fromEntries(result.missing),
    messages,
  };
}

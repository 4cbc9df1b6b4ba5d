/**
 * A short-lived automation task: connects, tells the others its state, waits
 * for their answers, exits. It needs the server's address and no other
 * permission, not even to read its environment:
 *
 *     deno run --no-prompt --allow-net=127.0.0.1:6379 examples/edge_task.ts \
 *       redis://127.0.0.1:6379 deploy 2
 *
 * Arguments: the server, the event, how many subscribers to wait for (0: those
 * that are there). Exit code: 0 all have succeeded, 1 one has failed, 2 one is
 * missing, 3 not enough subscribers came.
 *
 * @module
 */
import { SignalExporter } from "@dsa/state-signals";

const [redis = "redis://127.0.0.1:6379", event = "deploy", count = "0"] =
  Deno.args;

/** Publishes one state; returns the exit code. */
async function task(): Promise<number> {
  await using exporter = await SignalExporter.connect("edge-task", {
    redis,
    connectTimeout: 5_000,
  });
  const enough = await exporter.initializeAndWait(Number(count), [event], {
    timeout: 10_000,
    periodic: true,
  });
  if (!enough) {
    console.error(
      `only ${exporter.subscribers.size} of ${count} subscribers came`,
    );
    await exporter.shutdown();
    return 3;
  }
  const { code, messages, missing } = await exporter.publishSignal(event, {
    timeout: 10_000,
    signal: AbortSignal.timeout(15_000), // the platform's own limit
  });
  await exporter.shutdown();
  console.log(
    JSON.stringify({
      event,
      code,
      messages,
      missing: Object.fromEntries(missing),
    }),
  );
  return code;
}

Deno.exitCode = await task();

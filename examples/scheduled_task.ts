/**
 * A task on a schedule: publishes a state every night, and lists the workers that have acted
 * on it. `Deno.cron` needs the flag `--unstable-cron`.
 *
 *     deno run --unstable-cron --allow-net=HOST:6379 examples/scheduled_task.ts redis://HOST:6379
 *     deno run --allow-net=127.0.0.1:6379 examples/scheduled_task.ts redis://127.0.0.1:6379 --now
 *
 * With `--now` the task runs once, at once.
 *
 * @module
 */
import { SignalExporter } from "@dsa/state-signals";

const [redis = "redis://127.0.0.1:6379", how] = Deno.args;

/** Connects for the task alone: nothing stays open between two nights. */
async function backup(): Promise<void> {
  await using exporter = await SignalExporter.connect<"backup">("nightly", {
    redis,
    connectTimeout: 10_000,
  });
  await exporter.initializeAndWait(1, ["backup"], {
    timeout: 10_000,
    periodic: true,
  });
  const { ok, acks, missing } = await exporter.publishSignal("backup", {
    tag: new Date().toISOString().slice(0, 10),
    timeout: 3_600_000,
  });
  await exporter.shutdown();
  console.log(ok ? "backed up by" : "NOT backed up by all:", [...acks.keys()]);
  for (const [responderId, reason] of missing) {
    console.log("missing:", responderId, reason);
  }
}

if (how === "--now") await backup();
else {
  Deno.cron("nightly backup", "0 3 * * *", () => backup().catch(console.error));
  console.log("waiting for 3:00 UTC");
}

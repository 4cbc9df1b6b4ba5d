/**
 * Together with Python: this exporter waits for a responder of the Python
 * package, and publishes two states to it.
 *
 *     deno run --allow-net=127.0.0.1 examples/python_interop.ts
 *     python3 examples/python_responder.py PORT     # in another terminal
 *
 * With `--allow-run=python3` and `--spawn` it starts the Python side itself.
 *
 * @module
 */
import { SignalExporter } from "@dsa/state-signals";
import { Broker } from "@dsa/state-signals/broker";

await using broker = await Broker.listen();
await using exporter = await SignalExporter.connect<"start" | "stop">("deno", {
  redis: broker.url,
});

const script = new URL("python_responder.py", import.meta.url).pathname;
let python: Deno.ChildProcess | undefined;
if (Deno.args.includes("--spawn")) {
  python = new Deno.Command("python3", { args: [script, String(broker.port)] })
    .spawn();
} else {
  console.log(`Now run: python3 ${script} ${broker.port}`);
}

// Python may take its time to start: initialization is published each second.
const came = await exporter.initializeAndWait(1, ["start", "stop"], {
  timeout: 60_000,
  periodic: true,
});
if (came) {
  for (const event of ["start", "stop"] as const) {
    const { code, messages } = await exporter.publishSignal(event, {
      sample: 1,
    });
    console.log(event, code, messages);
  }
  await exporter.shutdown();
} else {
  console.error("No Python responder came within a minute.");
  Deno.exitCode = 1;
}
await python?.status;

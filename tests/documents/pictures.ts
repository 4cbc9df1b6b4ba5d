/**
 * Takes the pictures of the README from a real run: the command line on a
 * terminal, as SVG.
 *
 *     deno run --allow-all tests/documents/pictures.ts
 *
 * @module
 */

import { Broker } from "../../src/broker/mod.ts";
import { SignalResponder } from "../../src/signals/responder/responder.ts";
import { MAIN } from "../cli/cli.ts";
import { terminalSvg } from "./terminal_svg.ts";

const FOLDER = new URL("../../examples/pictures/", import.meta.url);

/** How long each responder works, in milliseconds. */
const WORK = { "collector-1": 120, "collector-2": 260, "collector-3": 190 };

/** What a command writes to a terminal until it ends. */
async function screenOf(command: string, redis: string): Promise<string> {
  const words = command.split(" ").map((word) => `'${word}'`).join(" ");
  const { stdout } = await new Deno.Command("script", {
    args: [
      "-qec",
      `stty cols 100; '${Deno.execPath()}' run -A --deny-sys '${MAIN}' --redis ${redis} ${words}`,
      "/dev/null",
    ],
    env: { NO_COLOR: "", TERM: "xterm-256color" },
    stdin: "null",
    stderr: "null",
  }).output();
  return new TextDecoder().decode(stdout);
}

async function picture(file: string, command: string, screen: string) {
  const text = `$ state-signals ${command}\r\n${screen}`;
  await Deno.mkdir(FOLDER, { recursive: true });
  await Deno.writeTextFile(new URL(file, FOLDER), terminalSvg(text));
}

await using broker = Broker.listen();
const redis = broker.url;
await using responders = new AsyncDisposableStack();
const serving = Object.entries(WORK).map(async ([name, work]) => {
  const responder = responders.use(
    await SignalResponder.connect({ redis, name }),
  );
  await responder.serve({
    async "*"({ event, tag }) {
      await new Promise((resolve) => setTimeout(resolve, work));
      if (event === "stop" && name === "collector-2") {
        throw new Error("disk full");
      }
      return event === "start" ? `collecting ${tag}` : "42 MB collected";
    },
  }, { until: "shutdown" });
});

const listen = "listen --responses --timeout 8s";
const run = "run fio --wait-for 3 --tag nightly -- sleep 0.5";
const [heard, ran] = await Promise.all([
  screenOf(listen, redis),
  new Promise((resolve) => setTimeout(resolve, 3_000))
    .then(() => screenOf(run, redis)),
]);
await Promise.all(serving);
await picture("run.svg", run, ran);
await picture("listen.svg", "listen --responses", heard);

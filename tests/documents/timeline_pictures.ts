/**
 * Takes the pictures of the timeline for the README from a real run: the page
 * in a browser, light and dark.
 *
 *     deno run --allow-all tests/documents/timeline_pictures.ts
 *
 * @module
 */

import { fileURLToPath, pathToFileURL } from "node:url";
import { SignalExporter, SignalResponder } from "../../mod.ts";
import { Broker } from "../../src/broker/mod.ts";
import { Cli } from "../cli/cli.ts";
import { BrowserPage } from "../support/chromium.ts";
import { smallPng } from "./small_png.ts";
import { until } from "../support/wait.ts";

const FOLDER = fileURLToPath(
  new URL("../../examples/pictures/", import.meta.url),
);
const COLLECTORS = ["db-1", "db-2", "web-1", "web-2"];
/** What each collector takes for the work of a phase, in milliseconds. */
const WORK: Readonly<Record<string, number>> = {
  ...{ "warm-up": 400, "load-start": 250, "load-stop": 120, verify: 500 },
};

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Answers two benchmarks, until both have ended. */
async function collect(
  responder: SignalResponder,
  place: number,
): Promise<void> {
  let ended = 0;
  let verified = false;
  for await (const signal of responder) {
    const { event, processName } = signal;
    if (event === "initialization") {
      await responder.respond(signal);
    } else if (event === "shutdown") {
      if (++ended === 2) return;
    } else {
      const work = (WORK[event] ?? 100) * (0.6 + 0.5 * place);
      if (event === "warm-up") {
        await sleep(work / 2);
        await responder.respond(signal, { message: "half" });
      }
      await sleep(work / 2);
      // One collector fails once, and one does not answer once.
      const fails = event === "verify" && place === 2 && !verified;
      if (event === "verify") verified = true;
      if (event === "load-stop" && processName === "uperf" && place === 3) {
        continue;
      }
      await responder.srespond(signal, fails ? 0 : 1, fails ? "disk full" : "");
    }
  }
}

/** Goes through the phases of a benchmark. */
async function benchmark(
  name: string,
  redis: string,
  samples: number,
): Promise<void> {
  await using exporter = await SignalExporter.connect(name, {
    redis,
    runnerHost: "bench-1",
  });
  const events = ["warm-up", "load-start", "load-stop", "verify"];
  await exporter.initializeAndWait(COLLECTORS.length, events);
  const options = { timeout: 1_200 };
  await exporter.publishSignal("warm-up", options);
  for (let sample = 1; sample <= samples; sample++) {
    await exporter.publishSignal("load-start", { ...options, sample });
    await sleep(900);
    await exporter.publishSignal("load-stop", { ...options, sample });
  }
  for (let attempt = 1; attempt <= 2; attempt++) {
    const { ok } = await exporter.publishSignal("verify", options);
    if (ok) break;
  }
  await exporter.shutdown();
}

await using broker = Broker.listen();
const redis = broker.url;
const directory = await Deno.makeTempDir();
try {
  const recording = `${directory}/run.ndjson`;
  const out = `${directory}/run.html`;
  await using recorder = Cli.start(
    ["record", recording, "--redis", redis, "--until-shutdown", "fio"],
    { permissions: ["--allow-all"] },
  );
  await until(() => Deno.stat(recording).then(() => true, () => false), {
    what: "the recording to begin",
  });
  await using responders = new AsyncDisposableStack();
  const collecting = COLLECTORS.map(async (name, place) => {
    const responder = responders.use(
      await SignalResponder.connect({ redis, name }),
    );
    await collect(responder, place);
  });
  await Promise.all([
    benchmark("fio", redis, 4),
    sleep(700).then(() => benchmark("uperf", redis, 2)),
    ...collecting,
  ]);
  await recorder.result();
  await using timeline = Cli.start(
    ["timeline", recording, "--out", out, "--title", "Nightly benchmarks"],
    { permissions: ["--allow-all"] },
  );
  await timeline.result();
  await using page = await BrowserPage.start();
  for (const theme of ["light", "dark"] as const) {
    await page.present(1_100, 760, theme);
    await page.goto(
      pathToFileURL(out).href,
      "document.documentElement.dataset.ready === 'true'",
    );
    // Two frames later the chart is drawn in its final size.
    await page.evaluate(`new Promise((drawn) =>
      requestAnimationFrame(() => requestAnimationFrame(drawn)))`);
    const png = await page.screenshot();
    await page.goto("about:blank", "true");
    await Deno.writeFile(
      `${FOLDER}timeline-${theme}.png`,
      await smallPng(png, page),
    );
  }
} finally {
  await Deno.remove(directory, { recursive: true });
}

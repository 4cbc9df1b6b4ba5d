/**
 * The quick start in two processes, over and over: whichever of the two is
 * started first, and however much later the other one is, they must meet and
 * the first publish must succeed.
 *
 *     deno run --allow-all tests/interop/quick_start.ts [--rounds N] [--seed S]
 *
 * `STATE_SIGNALS_PYTHON` names the interpreter that has the Python package. It
 * prints a line for each pair of peers and order, and exits with 1 where a round
 * has failed.
 *
 * @module
 */

import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { startRole } from "../support/child.ts";
import type { JsonProcess } from "../support/json_process.ts";
import { PythonExporter, PythonResponder } from "../support/python_peer.ts";
import { hasPython } from "../support/python_process.ts";
import { Random } from "../support/random.ts";
import { EMBEDDED_BROKER, REFERENCE_SERVER } from "./servers.ts";

/** Milliseconds in which everything is done, on a machine that is busy with other things. */
const PATIENCE = 60_000;
/** Milliseconds from the one process to the other, at most. */
const MAX_DELAY = 1_500;

/** The two processes of a round; each resolves with what it has to complain of. */
interface Peers {
  exporter(url: string, stack: AsyncDisposableStack): Promise<string>;
  responder(url: string, stack: AsyncDisposableStack): Promise<string>;
}

const PAIRS: Readonly<Record<string, Peers>> = {
  "exporter and responder of ours": {
    exporter: (url, stack) => ourExporter(url, stack),
    responder: ourResponder,
  },
  "exporter of ours with periodic, responder of Python": {
    exporter: (url, stack) => ourExporter(url, stack, "periodic"),
    responder: pythonResponder,
  },
  "exporter of Python with periodic, responder of ours": {
    exporter: pythonExporter,
    responder: ourResponder,
  },
};

async function ourExporter(
  url: string,
  stack: AsyncDisposableStack,
  ...args: string[]
): Promise<string> {
  const process = stack.use(start("quick_exporter.ts", url, ...args));
  await next(process, "the exporter to connect");
  const said = await next(process, "the exporter's result");
  const right = { joined: true, ok: true, acks: 1, missing: [] };
  return complaintOf(said, right);
}

async function ourResponder(
  url: string,
  stack: AsyncDisposableStack,
): Promise<string> {
  const process = stack.use(start("quick_responder.ts", url));
  await next(process, "the responder to connect");
  const { events } = await next<{ events: string[] }>(
    process,
    "the responder to end",
  );
  // `periodic` may have asked it more than once.
  const asked = events.filter((event) => event === "initialization").length;
  const rest = events.filter((event) => event !== "initialization");
  if (asked === 0) return "never asked";
  return complaintOf(rest, ["start", "shutdown"]);
}

async function pythonResponder(
  url: string,
  stack: AsyncDisposableStack,
): Promise<string> {
  const python = stack.use(
    await PythonResponder.connect(url, { connectTimeout: 20_000 }),
  );
  await python.listen({ shutdown: null, "*": { ras: 1, message: "done" } });
  const events: string[] = [];
  while (events.at(-1) !== "shutdown") {
    const { event } = await python.nextSignal({ timeout: PATIENCE });
    if (event !== "initialization") events.push(event);
  }
  return complaintOf(events, ["start", "shutdown"]);
}

async function pythonExporter(
  url: string,
  stack: AsyncDisposableStack,
): Promise<string> {
  const python = stack.use(
    await PythonExporter.connect(url, { connectTimeout: 20_000 }),
  );
  const joined = await python.initializeAndWait(1, ["start", "stop"], {
    timeout: 25_000,
    periodic: true,
  });
  const { code } = await python.publishSignal("start", { timeout: 20_000 });
  await python.shutdown();
  return complaintOf({ joined, code }, { joined: true, code: 0 });
}

function start(script: string, ...args: string[]): JsonProcess {
  const permissions = ["--allow-net=127.0.0.1"];
  return startRole(script, { args, permissions });
}

function next<T>(process: JsonProcess, what: string): Promise<T> {
  return process.next<T>({ what, timeout: PATIENCE });
}

function complaintOf(actual: unknown, expected: unknown): string {
  const said = JSON.stringify(actual);
  return said === JSON.stringify(expected) ? "" : said;
}

/** Plays one round; returns what went wrong. */
async function play(
  { exporter, responder }: Peers,
  isExporterFirst: boolean,
  url: string,
  delay: number,
): Promise<string> {
  await using stack = new AsyncDisposableStack();
  const order = isExporterFirst ? [exporter, responder] : [responder, exporter];
  try {
    const complaints = await Promise.all(order.map(async (peer, index) => {
      await sleep(index * delay);
      return await peer(url, stack);
    }));
    return complaints.filter((each) => each !== "").join(", ");
  } catch (error) {
    return (error as Error).message;
  }
}

/** Plays rounds one after the other on a server of their own. */
async function playAll(
  peers: Peers,
  isExporterFirst: boolean,
  rounds: number,
  random: Random,
): Promise<string[]> {
  const kind = random.pick([EMBEDDED_BROKER, REFERENCE_SERVER]);
  await using server = await kind.start();
  const complaints: string[] = [];
  for (let round = 1; round <= rounds; round++) {
    const delay = random.int(0, MAX_DELAY);
    const complaint = await play(peers, isExporterFirst, server.url, delay);
    if (complaint === "") continue;
    complaints.push(
      `round ${round}, ${delay} ms apart, over ${kind.name}: ${complaint}`,
    );
  }
  return complaints;
}

if (import.meta.main) {
  const { values } = parseArgs({
    args: Deno.args,
    options: {
      rounds: { type: "string", default: "100" },
      seed: { type: "string", default: String(Date.now() % 2 ** 31) },
    },
  });
  const rounds = Number(values.rounds);
  console.log(`seed ${values.seed}`);
  const random = new Random(Number(values.seed));
  let failures = 0;
  for (const [name, peers] of Object.entries(PAIRS)) {
    if (name.includes("Python") && !hasPython()) {
      console.log(`left out, as the Python package is missing: ${name}`);
      continue;
    }
    // The two orders side by side: most of it is waiting.
    await Promise.all([true, false].map(async (isExporterFirst) => {
      const seed = random.int(0, 2 ** 31);
      const complaints = await playAll(
        peers,
        isExporterFirst,
        rounds,
        new Random(seed),
      );
      failures += complaints.length;
      const first = isExporterFirst ? "exporter" : "responder";
      console.log(
        `${
          rounds - complaints.length
        } of ${rounds} succeeded: ${name}, the ${first} first`,
      );
      for (const complaint of complaints) console.log(`  ${complaint}`);
    }));
  }
  Deno.exit(failures > 0 ? 1 : 0);
}

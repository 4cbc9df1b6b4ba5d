/**
 * The package as a new user gets it: downloaded from a registry by its `jsr:`
 * name into an empty cache, and run with only the permissions that the README
 * names.
 *
 * @module
 */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { Broker } from "../src/broker/mod.ts";
import { SignalExporter } from "../src/signals/exporter/exporter.ts";
import {
  JsrRegistry,
  publishedPaths,
  readPackageConfig,
} from "./support/jsr_registry.ts";

const ROOT = new URL("../", import.meta.url);
const DEADLINE = 120_000;

const ROUND_TRIP = `
async function roundTrip(redis) {
  await using responder = await SignalResponder.connect({ redis });
  await using exporter = await SignalExporter.connect("packaging", { redis });
  const answering = (async () => {
    for await (const signal of responder) await responder.srespond(signal, 1);
  })();
  if (!await exporter.initializeAndWait(1, ["ready"])) throw "no responder joined";
  const { ok, acks } = await exporter.publishSignal("ready");
  if (!ok || !acks.has(responder.responderId)) throw "not acknowledged";
  await exporter.shutdown();
  await responder.close();
  await answering;
  console.log("ok");
}
`;

interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

/** The options of a run. */
interface Run {
  permissions: string[];
  args?: string[];
  /** The module to run in place of the script. */
  entry?: string;
}

/** Runs a script of its own in an empty directory with an empty cache. */
async function runFromRegistry(
  script: string,
  { permissions, args = [], entry = "main.js" }: Run,
): Promise<Outcome> {
  await using registry = await JsrRegistry.serve(ROOT);
  const directory = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${directory}/main.js`, script);
    const output = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-prompt", ...permissions, entry, ...args],
      cwd: directory,
      env: {
        DENO_DIR: `${directory}/cache`,
        JSR_URL: registry.url,
        NO_COLOR: "1",
        NO_PROXY: "127.0.0.1",
      },
      signal: AbortSignal.timeout(DEADLINE),
    }).output();
    const text = new TextDecoder();
    return {
      code: output.code,
      stdout: text.decode(output.stdout).trim(),
      stderr: text.decode(output.stderr),
    };
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

function assertPrintsOk({ code, stdout, stderr }: Outcome): void {
  assertEquals({ code, stdout }, { code: 0, stdout: "ok" }, stderr);
}

Deno.test("the published package needs only --allow-net for its one server", async () => {
  await using broker = await Broker.listen({ hostname: "127.0.0.1", port: 0 });
  assertPrintsOk(
    await runFromRegistry(
      `
      import { SignalExporter, SignalResponder } from "jsr:@dsa/state-signals";
      ${ROUND_TRIP}
      await roundTrip(Deno.args[0]);
      `,
      {
        permissions: [`--allow-net=${new URL(broker.url).host}`],
        args: [broker.url.toString()],
      },
    ),
  );
});

Deno.test("the published command line runs by its name with only --allow-net for its one server", async () => {
  await using broker = await Broker.listen({ hostname: "127.0.0.1", port: 0 });
  await using exporter = await SignalExporter.connect("packaging", {
    redis: broker.url,
  });
  await exporter.initialize(["ready"]);
  const { code, stdout, stderr } = await runFromRegistry("", {
    entry: "jsr:@dsa/state-signals/cli",
    permissions: [`--allow-net=${new URL(broker.url).host}`],
    args: ["ps", "--json", "--redis", broker.url],
  });
  assertEquals(code, 0, stderr);
  assertStringIncludes(stdout, exporter.publisherId);
});

Deno.test("the published broker and its clients run in one process", async () => {
  assertPrintsOk(
    await runFromRegistry(
      `
      import { SignalExporter, SignalResponder } from "jsr:@dsa/state-signals";
      import { Broker } from "jsr:@dsa/state-signals/broker";
      ${ROUND_TRIP}
      await using broker = await Broker.listen({ hostname: "127.0.0.1", port: 0 });
      await roundTrip(broker.url);
      `,
      { permissions: ["--allow-net=127.0.0.1"] },
    ),
  );
});

Deno.test("the published in-process transport needs no permission", async () => {
  assertPrintsOk(
    await runFromRegistry(
      `
      import { SignalExporter, SignalResponder } from "jsr:@dsa/state-signals";
      import { MemoryTransport } from "jsr:@dsa/state-signals/memory";
      ${ROUND_TRIP}
      await roundTrip(new MemoryTransport());
      `,
      { permissions: [] },
    ),
  );
});

Deno.test("a missing network permission is an error at once, without a retry", async () => {
  await using broker = await Broker.listen({ hostname: "127.0.0.1", port: 0 });
  const { code, stderr } = await runFromRegistry(
    `
    import { SignalExporter } from "jsr:@dsa/state-signals";
    await SignalExporter.connect("packaging", {
      redis: Deno.args[0],
      connectTimeout: Infinity,
    });
    `,
    { permissions: [], args: [broker.url.toString()] },
  );
  assertEquals(code, 1, stderr);
  assertStringIncludes(stderr, "--allow-net");
  assertStringIncludes(stderr, new URL(broker.url).host);
});

Deno.test("every export of the published package loads without a permission", async () => {
  const { name, exports } = await readPackageConfig(ROOT);
  const script = Object.keys(exports)
    .map((path) => `import "jsr:${name}${path.slice(1)}";`);
  assertPrintsOk(
    await runFromRegistry(`${script.join("\n")}\nconsole.log("ok");`, {
      permissions: [],
    }),
  );
});

Deno.test("the registry of these tests serves the same files as deno publish", async () => {
  const { stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["publish", "--dry-run", "--allow-dirty", "--no-check"],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
    signal: AbortSignal.timeout(DEADLINE),
  }).output();
  const listing = new TextDecoder().decode(stderr);
  const published = listing.matchAll(/^\s+(file:\/\/\S+) \(/gm)
    .map(([, url]) => url!.slice(ROOT.href.length - 1))
    .toArray().sort();
  assertEquals(await publishedPaths(ROOT), published, listing);
});

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { Broker } from "../../../src/broker/mod.ts";
import {
  type Entry,
  parseEntry,
} from "../../../src/cli/recording/recording.ts";
import { RecordingReader } from "../../../src/cli/recording/recording_reader.ts";
import { SignalExporter } from "../../../src/signals/exporter/exporter.ts";
import { SignalResponder } from "../../../src/signals/responder/responder.ts";
import { RedisClient } from "../../../src/redis/client.ts";
import { EMBEDDED_BROKER, SERVERS } from "../../interop/servers.ts";
import { FaultProxy } from "../../support/fault_proxy.ts";
import { freePort } from "../../support/free_port.ts";
import { until } from "../../support/wait.ts";
import { Cli, codeAfter, denoArgs, MAIN, run } from "../cli.ts";
import { RecordingScript } from "../timeline/world.ts";

/** A file that does not exist yet, in a directory that is removed. */
async function place(): Promise<{ file: string } & AsyncDisposable> {
  const directory = await Deno.makeTempDir({ prefix: "record-" });
  return {
    file: `${directory}/run.ndjson`,
    [Symbol.asyncDispose]: () => Deno.remove(directory, { recursive: true }),
  };
}

/** A recorder that is recording, under the permissions of its help. */
async function recording(
  words: readonly string[],
  file?: string,
): Promise<Cli> {
  const cli = Cli.start(["record", ...words], {
    ...(file === undefined ? {} : { values: { FILE: file } }),
  });
  // Its first line is written before it has subscribed.
  const { url } = redisOf(words);
  await using watcher = await RedisClient.connect(url);
  await until(
    async () =>
      (await watcher.countSubscribers(["event-signal-response"]))[0]! > 0,
    { what: "the recorder to listen", timeout: 20_000 },
  );
  return cli;
}

function redisOf(words: readonly string[]): { url: string } {
  return { url: words[words.indexOf("--redis") + 1]! };
}

function entriesIn(text: string): Entry[] {
  return text.trimEnd().split("\n").map((line) => {
    const entry = parseEntry(line);
    if (entry === undefined) throw new Error(`This is no entry: ${line}`);
    return entry;
  });
}

async function readEntries(file: string): Promise<Entry[]> {
  return entriesIn(await Deno.readTextFile(file));
}

/** One subscriber answers one event; ends with a shutdown. */
async function shortRun(redis: string): Promise<void> {
  await using responder = await SignalResponder.connect({
    redis,
    name: "node-1",
  });
  const serving = responder.serve({ start: () => "done" });
  await using exporter = await SignalExporter.connect("fio", { redis });
  await exporter.initializeAndWait(1, ["start"]);
  await exporter.publishSignal("start", { metadata: { jobs: 4 } });
  await exporter.shutdown();
  await responder.close();
  await serving;
}

for (const { name, ignore, start } of SERVERS) {
  Deno.test(`record on ${name}`, { ignore }, async (t) => {
    await using server = await start();
    const redis = ["--redis", server.url];

    await t.step("keeps every message as it came, until shutdown", async () => {
      await using there = await place();
      const { file } = there;
      await using cli = await recording(
        [file, "--until-shutdown", "fio", ...redis],
        file,
      );
      await shortRun(server.url);
      const { code, stdout, stderr } = await cli.result();
      assertEquals({ code, stderr }, { code: 0, stderr: "" });
      assert(
        /^Recorded 3 signals, [2-4] answers in \d.* m?s\n$/.test(stdout),
        stdout,
      );
      const entries = await readEntries(file);
      assertEquals(entries[0]?.type, "recording");
      assertEquals(entries.at(-1)?.type, "end");
      const events = entries.flatMap((entry) =>
        entry.type === "signal" ? [JSON.parse(entry.payload).event] : []
      );
      assertEquals(events, ["initialization", "start", "shutdown"]);
      const ts = entries.map(({ t }) => t);
      assertEquals(ts, ts.toSorted((a, b) => a - b));
    });

    await t.step("on standard output is all there is there", async () => {
      await using cli = await recording(redis);
      await using client = await RedisClient.connect(server.url);
      const payload = '\ufeff{"a": NaN}\u001b[31m\u202e';
      await client.publish("event-signal-pubsub", payload);
      await client.publish("event-signal-response", "7");
      assertEquals(parseEntry(await cli.line())?.type, "recording");
      const second = parseEntry(await cli.line());
      assertEquals(second?.type === "signal" && second.payload, payload);
      await cli.line();
      const { code, stdout, stderr } = await cli.interrupt("SIGTERM");
      assertEquals(code, codeAfter("SIGTERM"));
      assertStringIncludes(stderr, "Recorded 1 signal, 1 answer in");
      assert(!/[\p{Cc}\p{Cf}]/u.test(stdout.replaceAll("\n", "")), stdout);
      assertEquals(entriesIn(stdout).map(({ type }) => type), [
        "recording",
        "signal",
        "response",
        "end",
      ]);
    });
  });
}

Deno.test("record goes on after a lost link, and marks the gap", async () => {
  await using broker = Broker.listen();
  await using proxy = await FaultProxy.start({ port: broker.port });
  await using there = await place();
  const { file } = there;
  await using cli = await recording([file, "--redis", proxy.url], file);
  await using client = await RedisClient.connect(broker.url);
  const heard = () => client.publish("event-signal-pubsub", "before");
  await heard();
  proxy.reset();
  await until(() => cli.errors.includes("gap:"), { what: "the gap" });
  const arrives = async () =>
    (await client.publish("event-signal-pubsub", "after")) > 0;
  await until(arrives, { what: "the recorder to be back", timeout: 20_000 });
  await until(
    async () => (await Deno.readTextFile(file)).includes("after"),
    { what: "the line" },
  );
  const { code, stdout } = await cli.interrupt();
  assertEquals(code, 130);
  assertStringIncludes(stdout, "1 gap in");
  const entries = await readEntries(file);
  const types = entries.map(({ type }) => type);
  assertEquals(types.filter((type) => type === "gap"), ["gap"]);
  const gap = entries.find((entry) => entry.type === "gap")!;
  assert(gap.type === "gap" && gap.duration > 0 && gap.duration <= gap.t);
  assert(types.indexOf("gap") < types.lastIndexOf("signal"), types.join());
});

Deno.test("record never overwrites: it refuses, or goes on", async () => {
  await using server = await EMBEDDED_BROKER.start();
  await using there = await place();
  const { file } = there;
  await Deno.writeTextFile(file, "precious\n");
  const words = ["record", file, "--redis", server.url, "--timeout", "1ms"];
  const values = { FILE: file };
  const refused = await run(words, { values });
  assertEquals(refused.code, 64);
  assertStringIncludes(refused.stderr, "--append");
  assertEquals(await Deno.readTextFile(file), "precious\n");
  const appended = await run([...words, "--append"], { values });
  assertEquals(appended.code, 0, appended.stderr);
  const [first, ...rest] = (await Deno.readTextFile(file)).split("\n");
  assertEquals(first, "precious");
  assertEquals(
    entriesIn(rest.join("\n")).map(({ type }) => type),
    ["recording", "end"],
  );
});

Deno.test("what is appended to a recording that was cut short is whole", async () => {
  await using server = await EMBEDDED_BROKER.start();
  await using there = await place();
  const { file } = there;
  const words = ["record", file, "--append", "--redis", server.url];
  const { text } = new RecordingScript()
    .signal(10, "fio", "größe 🚀").signal(20, "fio", "stop");
  const bytes = new TextEncoder().encode(text);
  const rocket = bytes.indexOf(0xf0);
  const isRead = { values: { FILE: file } };
  const isNotRead = {
    permissions: [`--allow-net`, `--allow-write=${file}`],
  };
  for (
    const [length, options, skipped] of [
      [bytes.length, isRead, 0],
      [bytes.length - 1, isRead, 0],
      [bytes.length - 2, isRead, 1],
      [rocket + 2, isRead, 1],
      [rocket + 2, isNotRead, 1],
      [1, isRead, 1],
      [0, isRead, 0],
      [bytes.length, isNotRead, 0],
    ] as const
  ) {
    await Deno.writeFile(file, bytes.subarray(0, length));
    const { code, stderr } = await run([...words, "--timeout", "1ms"], options);
    assertEquals({ code, stderr }, { code: 0, stderr: "" });
    const now = await Deno.readFile(file);
    assertEquals(now.subarray(0, length), bytes.subarray(0, length));
    const reader = new RecordingReader();
    const entries = [];
    for await (const entry of reader.read(await Deno.open(file), file)) {
      entries.push(entry);
    }
    assertEquals(entries.slice(-2).map(({ type }) => type), [
      "recording",
      "end",
    ]);
    assertEquals(reader.skipped, skipped, `${length} bytes`);
    assertEquals(
      /\n\n/.test(await Deno.readTextFile(file)),
      options !== isRead && length === bytes.length,
    );
    const ts = entries.map(({ t }) => t);
    assertEquals(ts, ts.toSorted((a, b) => a - b));
    // The script was recorded years ago.
    if (length > 1) assert(ts.at(-1)! > 3e9, `${ts}`);
  }
});

Deno.test("record fails as all commands do", async () => {
  const dead = `redis://127.0.0.1:${freePort()}`;
  const gone = await run(
    ["record", "--redis", dead, "--connect-timeout", "0"],
  );
  assertEquals(gone.code, 69, gone.stderr);
  await using server = await EMBEDDED_BROKER.start();
  const redis = ["--redis", server.url];
  const denied = await run(["record", "some.ndjson", ...redis]);
  assertEquals(denied.code, 77);
  assertStringIncludes(denied.stderr, "--allow-write=some.ndjson");
  assertEquals((await run(["record", "--append", ...redis])).code, 64);
  assertEquals((await run(["record", "a", "b", ...redis])).code, 64);
});

Deno.test("record ends when its output is closed", async () => {
  await using server = await EMBEDDED_BROKER.start();
  const words = ["record", "--redis", server.url];
  const command = [Deno.execPath(), ...denoArgs(words), MAIN, ...words];
  await using client = await RedisClient.connect(server.url);
  const shell = new Deno.Command("sh", {
    args: ["-c", '"$@" | head -n 2; echo ended', "sh", ...command],
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const output = shell.output();
  let ended = false;
  output.then(() => ended = true);
  await until(async () => {
    await client.publish("event-signal-pubsub", "a signal");
    return ended;
  }, { what: "the pipe to end", timeout: 20_000 });
  const text = new TextDecoder().decode((await output).stdout);
  assertEquals(text.trimEnd().split("\n").length, 3);
});

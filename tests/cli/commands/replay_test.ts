import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { RedisClient } from "../../../src/redis/client.ts";
import { SignalResponder } from "../../../src/signals/responder/responder.ts";
import { EMBEDDED_BROKER, SERVERS } from "../../interop/servers.ts";
import { freePort } from "../../support/free_port.ts";
import { eventOf, until } from "../../support/wait.ts";
import { Cli, run } from "../cli.ts";
import { RecordingScript } from "../timeline/world.ts";

const ID = "fio-0b8f7c1e-1111-4222-8333-0123456789ab";

/** Writes a recording; the file is removed in the end. */
async function recorded(
  script: RecordingScript,
): Promise<{ file: string } & AsyncDisposable> {
  const file = await Deno.makeTempFile({ suffix: ".ndjson" });
  await Deno.writeTextFile(file, script.text);
  return { file, [Symbol.asyncDispose]: () => Deno.remove(file) };
}

/** Everything on the channel of signals, and when it came. */
async function listening(
  url: string,
): Promise<
  { heard: { payload: string; at: number }[] } & AsyncDisposable
> {
  const client = await RedisClient.connect(url);
  const heard: { payload: string; at: number }[] = [];
  await client.subscribe(["event-signal-pubsub"], {
    message: (payload) => heard.push({ payload, at: performance.now() }),
  });
  return { heard, [Symbol.asyncDispose]: () => client.close() };
}

function ticket(seq: number): object {
  return {
    metadata: { _ss: { v: 2, id: `${seq}`, seq, alive: true, bare: true } },
  };
}

for (const { name, ignore, start } of SERVERS) {
  Deno.test(`replay on ${name}`, { ignore }, async (t) => {
    await using server = await start();
    const redis = ["--redis", server.url];

    await t.step("publishes what was recorded, to the character", async () => {
      const payloads = ['{"odd": NaN}', "not JSON \u001b[31m", "\ufefftext"];
      const script = new RecordingScript().signal(10, "fio", "initialization")
        .answer(20, "fio", "initialization", "node-1");
      for (const payload of payloads) {
        script.add(30, { type: "signal", payload });
      }
      await using recording = await recorded(script);
      await using listener = await listening(server.url);
      const { code, stdout, stderr } = await run(
        ["replay", recording.file, "--speed", "max", ...redis],
        { values: { FILE: recording.file } },
      );
      assertEquals({ code, stderr }, { code: 0, stderr: "" });
      assertStringIncludes(stdout, "Replayed 4 signals of 1 publisher in");
      await until(() => listener.heard.length === 4, { what: "all signals" });
      const heard = listener.heard.map(({ payload }) => payload);
      assertEquals(JSON.parse(heard[0]!).publisher_id, ID);
      assertEquals(heard.slice(1), payloads);
    });

    await t.step("keeps the distances, divided by the speed", async () => {
      await using recording = await recorded(
        new RecordingScript().signal(5_000, "fio", "a").signal(
          13_000,
          "fio",
          "b",
        ),
      );
      await using listener = await listening(server.url);
      const { code } = await run(
        ["replay", recording.file, "--speed", "4", ...redis],
        { values: { FILE: recording.file } },
      );
      assertEquals(code, 0);
      await until(() => listener.heard.length === 2, { what: "both signals" });
      const [a, b] = listener.heard;
      const distance = b!.at - a!.at;
      assert(distance > 1_000 && distance < 7_000, `${distance} ms`);
    });

    await t.step("gives new ids where that is asked for", async () => {
      await using recording = await recorded(
        new RecordingScript()
          .signal(0, "fio", "a", { metadata: { me: ID } })
          .signal(0, "fio", "b"),
      );
      await using listener = await listening(server.url);
      const { code } = await run(
        ["replay", recording.file, "--new-ids", ...redis],
        { values: { FILE: recording.file } },
      );
      assertEquals(code, 0);
      await until(() => listener.heard.length === 2, { what: "both signals" });
      const [a, b] = listener.heard.map(({ payload }) => JSON.parse(payload));
      assert(/^fio-[0-9a-f-]{36}$/.test(a.publisher_id), a.publisher_id);
      assert(a.publisher_id !== ID, "the id is the old one");
      assertEquals(a.metadata.me, a.publisher_id);
      assertEquals(b.publisher_id, a.publisher_id);
    });
  });
}

Deno.test("a clock that stepped back between parts changes no distance", async () => {
  await using server = await EMBEDDED_BROKER.start();
  const header = { type: "recording", version: 1, server: "s" } as const;
  const script = new RecordingScript().signal(1_000, "fio", "a");
  script.startAt(-3_600_000).add(0, header)
    .signal(10, "fio", "b").signal(1_010, "fio", "c");
  await using recording = await recorded(script);
  await using listener = await listening(server.url);
  const { code } = await run(
    ["replay", recording.file, "--redis", server.url],
    { values: { FILE: recording.file } },
  );
  assertEquals(code, 0);
  await until(() => listener.heard.length === 3, { what: "all signals" });
  const [a, b, c] = listener.heard.map(({ at }) => at);
  assert(b! - a! < 900, `${b! - a!} ms`);
  assert(c! - b! > 900, `${c! - b!} ms`);
});

Deno.test("a publisher that is replayed is alive until it has shut down", async () => {
  await using server = await EMBEDDED_BROKER.start();
  await using responder = await SignalResponder.connect({ redis: server.url });
  await using recording = await recorded(
    new RecordingScript()
      .signal(0, "fio", "start", ticket(1))
      .signal(3_000, "fio", "stop", ticket(2)),
  );
  await using cli = Cli.start(
    ["replay", recording.file, "--redis", server.url],
    { values: { FILE: recording.file } },
  );
  let lost = false;
  responder.addEventListener("publisher-lost", () => lost = true);
  const gone = eventOf(responder, "publisher-lost", { timeout: 20_000 });
  const signals = responder.listen();
  assertEquals((await signals.next()).value?.event, "start");
  assertEquals((await signals.next()).value?.event, "stop");
  assertEquals(lost, false);
  assertEquals((await cli.result()).code, 0);
  await gone;
});

Deno.test("replay says when no subscriber listens, and ends when interrupted", async () => {
  await using server = await EMBEDDED_BROKER.start();
  const redis = ["--redis", server.url];
  await using recording = await recorded(
    new RecordingScript().signal(0, "fio", "a").signal(3_600_000, "fio", "b"),
  );
  await using listener = await listening(server.url);
  await using cli = Cli.start(
    ["replay", recording.file, "--json", ...redis],
    { values: { FILE: recording.file } },
  );
  await until(() => listener.heard.length === 1, {
    what: "the first signal",
    timeout: 20_000,
  });
  const { code, stdout } = await cli.interrupt();
  assertEquals(code, 130);
  const { published, unheard } = JSON.parse(stdout);
  assertEquals({ published, unheard }, { published: 1, unheard: 0 });

  await listener[Symbol.asyncDispose]();
  const alone = await run(
    ["replay", recording.file, "--speed", "max", ...redis],
    { values: { FILE: recording.file } },
  );
  assertEquals(alone.code, 0);
  assertStringIncludes(alone.stderr, "no subscriber received 2 of them");
});

Deno.test("replay fails as all commands do", async () => {
  await using recording = await recorded(new RecordingScript());
  const { file } = recording;
  const values = { FILE: file };
  const dead = ["--redis", `redis://127.0.0.1:${freePort()}`];
  const gone = await run(
    ["replay", file, ...dead, "--connect-timeout", "0"],
    { values },
  );
  assertEquals(gone.code, 69, gone.stderr);
  for (const speed of ["0", "-1", "fast", "1e3", "Infinity"]) {
    const wrong = await run(["replay", file, `--speed=${speed}`], { values });
    assertEquals(wrong.code, 64, speed);
    assertStringIncludes(wrong.stderr, "--speed");
  }
  const missing = await run(["replay", `${file}.x`], {
    values: { FILE: `${file}.x` },
  });
  assertEquals(missing.code, 64);
  const denied = await run(["replay", file, ...dead]);
  assertEquals(denied.code, 77);
});

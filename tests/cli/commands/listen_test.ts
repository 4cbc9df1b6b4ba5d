import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { openTransport } from "../../../src/connect.ts";
import {
  RESPONSE_CHANNEL,
  SIGNAL_CHANNEL,
} from "../../../src/protocol/channels.ts";
import type { Signal } from "../../../src/protocol/signal/signal.ts";
import { SERVERS } from "../../interop/servers.ts";
import { until } from "../../support/wait.ts";
import { Cli, codeAfter, denoArgs, MAIN, run } from "../cli.ts";
import { encodeResponse, encodeSignal } from "../../support/payloads.ts";

const SIGNAL: Signal = {
  publisherId: "fio-8e4a6c0a-1f0e-4a5b-9d3e-2a9f1c0b7d65",
  processName: "fio",
  event: "start",
  runnerHost: "lab-1",
  sampleNo: 3,
  tag: "blue",
  metadata: { jobs: 4 },
};

const RESPONSE = {
  responderId: "node-7-8e4a6c0a-1f0e-4a5b-9d3e-2a9f1c0b7d65-resp",
  publisherId: SIGNAL.publisherId,
  event: "start",
  ras: 1,
  message: "warm",
};

/** Publishes, once somebody listens on the signal channel. */
async function speaker(redis: string): Promise<
  AsyncDisposable & {
    say(signal: Partial<Signal>): Promise<void>;
    raw(channel: string, payload: string): Promise<void>;
    /** Publishes a signal though nobody may listen. */
    once(payload: string): Promise<unknown>;
  }
> {
  const transport = await openTransport({ redis });
  const raw = async (channel: string, payload: string) => {
    await until(() => transport.publish(channel, payload), {
      what: "a listener",
    });
  };
  return {
    say: (signal) =>
      raw(SIGNAL_CHANNEL, encodeSignal({ ...SIGNAL, ...signal })),
    raw,
    once: (payload) => transport.publish(SIGNAL_CHANNEL, payload),
    [Symbol.asyncDispose]: () => transport.close(),
  };
}

for (const { name, ignore, start } of SERVERS) {
  Deno.test(`listen on ${name}`, { ignore }, async (t) => {
    await using server = await start();
    const redis = ["--redis", server.url];
    await using speak = await speaker(server.url);

    await t.step(
      "prints a line for each signal, and ends by count",
      async () => {
        await using cli = Cli.start(["listen", "--count", "2", ...redis]);
        await speak.say({});
        await speak.say({ event: "stop", runnerHost: "unknown", sampleNo: -1 });
        const { code, stdout } = await cli.result();
        assertEquals(code, 0);
        const [first, second] = stdout.split("\n");
        assert(
          /^ +\+\d+.* m?s {2}fio start on lab-1 sample 3 tag blue \{"jobs":4\}$/
            .test(first!),
          first,
        );
        assert(/ fio stop tag blue \{"jobs":4\}$/.test(second!), second);
      },
    );

    await t.step("shows the time of day with --clock", async () => {
      const words = ["listen", "--clock", "--count", "1", ...redis];
      await using cli = Cli.start(words, { env: { TZ: "UTC" } });
      await speak.say({});
      const { stdout } = await cli.result();
      const [, clock] =
        /^(\d\d:\d\d:\d\d\.\d{3}) {2}fio start on /.exec(stdout) ??
          [];
      const today = new Date().toISOString().slice(0, 10);
      const ago = (Date.now() - Date.parse(`${today}T${clock}Z`)) / 1_000;
      // Midnight may have passed since.
      const day = 86_400;
      assert((ago + day) % day < 60, stdout);
    });

    await t.step("shows answers where they are asked for", async () => {
      await using cli = Cli.start(
        ["listen", "--count", "1", "--responses", ...redis],
      );
      await speak.raw(RESPONSE_CHANNEL, encodeResponse(RESPONSE));
      await speak.raw(
        RESPONSE_CHANNEL,
        encodeResponse({ ...RESPONSE, ras: 0, message: "cold" }),
      );
      await speak.say({});
      const { stdout } = await cli.result();
      assertStringIncludes(stdout, "    node-7 to fio start: ok warm\n");
      assertStringIncludes(stdout, "node-7 to fio start: failed (0) cold\n");
    });

    await t.step("writes NDJSON with the names of the wire", async () => {
      await using cli = Cli.start([
        "listen",
        "--json",
        "--count",
        "1",
        ...redis,
      ]);
      await speak.say({ sampleNo: 12345678901234567890n });
      const { stdout } = await cli.result();
      const { time, type, ...signal } = JSON.parse(stdout);
      assertEquals(type, "signal");
      assert(Math.abs(Date.parse(time) - Date.now()) < 60_000);
      assertEquals(
        Object.keys(signal),
        Object.keys(JSON.parse(encodeSignal(SIGNAL))),
      );
      assertStringIncludes(stdout, '"sample_no":12345678901234567890,');
    });

    await t.step("passes over what is not asked for", async () => {
      await using cli = Cli.start([
        ...["listen", "--count", "1", "--event", "stop", "--event", "end"],
        ...["--publisher", "fio", "--tag", "red", ...redis],
      ]);
      await speak.say({ tag: "red" });
      await speak.say({ tag: "red", event: "end", processName: "vdbench" });
      await speak.say({ tag: "blue", event: "end" });
      await speak.say({ tag: "red", event: "end" });
      const { stdout } = await cli.result();
      assertEquals(stdout.match(/\n/g)?.length, 1);
      assertStringIncludes(stdout, "fio end on lab-1 sample 3 tag red");
    });

    await t.step(
      "lets nothing of a hostile payload reach the terminal",
      async () => {
        const evil = "\x1b]0;owned\x07\x1b[2J\r\n\u009b31m\u202e\u2028end";
        for (const json of [[], ["--json"]]) {
          await using cli = Cli.start(
            ["listen", "--count", "1", "--responses", ...json, ...redis],
          );
          await speak.raw(SIGNAL_CHANNEL, `{"not":"a signal ${evil}"}`);
          await speak.raw(
            RESPONSE_CHANNEL,
            encodeResponse({ ...RESPONSE, responderId: evil, message: evil }),
          );
          await speak.say({
            event: evil,
            processName: evil,
            tag: evil,
            runnerHost: evil,
            metadata: { [evil]: evil },
          });
          const { code, stdout, stderr } = await cli.result();
          assertEquals(code, 0);
          const controls = (stdout + stderr).match(/[\p{Cc}\p{Cf}\u2028]/gu);
          assertEquals(controls, ["\n", "\n", "\n"]);
        }
      },
    );

    await t.step("ends with 3 where too few came in time", async () => {
      const words = ["listen", "--timeout", "200ms", ...redis];
      assertEquals((await run([...words, "--count", "1"])).code, 3);
      assertEquals((await run(words)).code, 0);
    });

    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      await t.step(`${signal} ends it with its code`, async () => {
        await using cli = Cli.start(["listen", ...redis]);
        await speak.say({});
        await cli.line();
        const { code, stderr } = await cli.interrupt(signal);
        assertEquals({ code, stderr }, { code: codeAfter(signal), stderr: "" });
      });
    }

    await t.step("ends quietly when its output is closed", async () => {
      const words = ["listen", ...redis];
      const child = new Deno.Command("sh", {
        args: [
          "-c",
          '{ "$@"; echo "code $?" >&2; } | head -n 1',
          "sh",
          Deno.execPath(),
          ...denoArgs(words),
          MAIN,
          ...words,
        ],
        stdin: "null",
        stdout: "piped",
        stderr: "piped",
      }).spawn();
      const ended = child.output();
      let over = false;
      ended.then(() => over = true);
      while (!over) await speak.once(encodeSignal(SIGNAL));
      const { stdout, stderr } = await ended;
      assertStringIncludes(new TextDecoder().decode(stdout), "fio start");
      assertEquals(new TextDecoder().decode(stderr), "code 0\n");
    });
  });
}

/**
 * What becomes of a command that can't write: a full disk is a fault, a reader
 * that has gone is none.
 */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { COMMANDS } from "../../src/cli/commands/commands.ts";
import { Broker } from "../../src/broker/mod.ts";
import { SignalExporter } from "../../src/signals/exporter/exporter.ts";
import { SIGNAL_CHANNEL } from "../../src/protocol/channels.ts";
import { RedisClient } from "../../src/redis/mod.ts";
import { Process } from "../support/process.ts";
import { skipUnless } from "../support/skip.ts";
import { until, within } from "../support/wait.ts";
import { codeAfter, denoArgs, MAIN } from "./cli.ts";
import { serving } from "./serving.ts";
import { RecordingScript } from "./timeline/world.ts";

const full = skipUnless(
  Deno.build.os === "linux",
  "Commands on a full disk",
  "there is no /dev/full",
);

/** Runs the command line by a shell, which redirects its streams. */
async function shell(
  words: readonly string[],
  redirections: string,
  before = "",
): Promise<{ code: number; stdout: string; stderr: string }> {
  const command = [Deno.execPath(), "run", "--quiet", "-A", MAIN, ...words];
  const child = new Deno.Command("sh", {
    args: [
      "-c",
      `${before} ${
        command.map((word) => `'${word}'`).join(" ")
      } ${redirections}`,
    ],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const { code, stdout, stderr } = await within(child.output(), {
    timeout: 30_000,
    what: words.join(" "),
  });
  const text = new TextDecoder();
  return { code, stdout: text.decode(stdout), stderr: text.decode(stderr) };
}

const FULL = "No space left on device";

Deno.test("each page of help that can't be written is 70", full, async () => {
  const calls = [["--help"], ["--version"], ["help", "run"]];
  for (const { name } of COMMANDS) calls.push([name, "--help"]);
  await Promise.all(calls.map(async (words) => {
    const { code, stderr } = await shell(words, "> /dev/full");
    assertEquals(code, 70, words.join(" "));
    assertStringIncludes(stderr, `Cannot write to standard output: ${FULL}`);
  }));
});

Deno.test(
  "each command whose results can't be written is 70",
  full,
  async () => {
    await using broker = Broker.listen({ port: 0 });
    const redis = ["--redis", broker.url];
    await using _ = await serving(broker.url, "node", { start() {} });
    await using exporter = await SignalExporter.connect("vm", {
      redis: broker.url,
    });
    await exporter.initialize(["start"]);
    const again = setInterval(() => exporter.publishSignal("start"), 50);
    const calls = [
      ["broker", "--port", "0"],
      ["listen"],
      ["listen", "--json"],
      ["publish", "fio", "start"],
      ["publish", "fio", "start", "--json"],
      ["respond"],
      ["barrier", "warm", "--parties", "1"],
      ["ps"],
      ["record"],
    ];
    try {
      await Promise.all(calls.map(async (words) => {
        const all = words[0] === "broker" ? words : [...words, ...redis];
        const { code, stderr } = await shell(all, "> /dev/full");
        assertEquals(code, 70, `${words.join(" ")}: ${stderr}`);
        assertStringIncludes(
          stderr,
          `Cannot write to standard output: ${FULL}`,
        );
      }));
    } finally {
      clearInterval(again);
    }
  },
);

Deno.test(
  "a publish whose results can't be written is carried out",
  full,
  async () => {
    await using broker = Broker.listen({ port: 0 });
    let acted = 0;
    await using _ = await serving(broker.url, "node", {
      start: () => void acted++,
    });
    const words = ["publish", "fio", "start", "--redis", broker.url];
    assertEquals((await shell(words, "> /dev/full")).code, 70);
    assertEquals(acted, 1);
  },
);

Deno.test(
  "run keeps the code of a command that failed where it can't write itself",
  full,
  async () => {
    await using broker = Broker.listen({ port: 0 });
    const run = ["run", "fio", "--wait-for", "0", "--redis", broker.url, "--"];
    const script = (text: string) =>
      shell([...run, "sh", "-c", text], "2> /dev/full");
    assertEquals(await script("echo ran"), {
      code: 70,
      stdout: "ran\n",
      stderr: "",
    });
    assertEquals((await script("exit 3")).code, 3);
  },
);

Deno.test("a file that can't be written is named", full, async () => {
  await using broker = Broker.listen({ port: 0 });
  const directory = await Deno.makeTempDir();
  try {
    const page = `${directory}/full.html`;
    await Deno.symlink("/dev/full", page);
    const recording = `${directory}/run.ndjson`;
    await Deno.writeTextFile(
      recording,
      new RecordingScript().signal(1, "fio", "start").text,
    );
    const calls: [string[], string][] = [
      [["timeline", recording, "--out", page], page],
      [
        ["timeline", recording, "--out", `${directory}/no/run.html`],
        "no/run.html",
      ],
      [["record", "/dev/full", "--append", "--redis", broker.url], "/dev/full"],
    ];
    for (const [words, name] of calls) {
      const { code, stderr } = await shell(words, "");
      assertEquals(code, 70, stderr);
      assertStringIncludes(stderr, `Cannot write to `);
      assertStringIncludes(stderr, name);
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("a reader that has gone is no fault", {
  ignore: Deno.build.os === "windows",
}, async () => {
  await using broker = Broker.listen({ port: 0 });
  await using _ = await serving(broker.url, "node", { start() {} });
  const redis = ["--redis", broker.url];
  for (const words of [["--help"], ["publish", "fio", "start", ...redis]]) {
    // The reader ends before anything is written: it opens the pipe, and that is all.
    const { code, stderr } = await shell(
      words,
      `> "$pipe" & : < "$pipe"; wait $!`,
      'pipe=$(mktemp -u) && mkfifo "$pipe" && trap \'rm "$pipe"\' EXIT;',
    );
    assertEquals([code, stderr], [0, ""]);
  }
});

Deno.test("a command whose output is not read ends soon after a signal", async () => {
  await using broker = Broker.listen({ port: 0 });
  await using redis = await RedisClient.connect(broker.url);
  for (const words of [["listen"], ["listen", "--json"], ["record"]]) {
    const all = [...words, "--redis", broker.url];
    const permissions = ["--allow-net"];
    const child = new Deno.Command(Deno.execPath(), {
      args: [...denoArgs(all, { permissions }), MAIN, ...all],
      stdin: "null",
      stdout: "piped", // and not read
      stderr: "null",
    }).spawn();
    await using cli = new Process(child);
    // More than a pipe takes.
    await until(
      async () => await redis.publish(SIGNAL_CHANNEL, "x".repeat(1_000)) > 0,
      { what: "the subscription" },
    );
    for (let n = 0; n < 400; n++) {
      await redis.publish(SIGNAL_CHANNEL, "x".repeat(1_000));
    }
    const { code } = await within(cli.kill("SIGINT"), { what: "its end" });
    assertEquals([words, code], [words, codeAfter("SIGINT")]);
    await child.stdout.cancel();
  }
});

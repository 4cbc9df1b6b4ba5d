/**
 * A reader of standard output that does not read: what `record` and `listen` do
 * until it does.
 *
 * @module
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { type Entry, parseEntry } from "../../src/cli/recording/recording.ts";
import { Broker } from "../../src/broker/mod.ts";
import { RedisClient } from "../../src/redis/client.ts";
import { until, within } from "../support/wait.ts";
import { codeAfter, denoArgs, MAIN } from "./cli.ts";

const MESSAGES = 200;
const MIB = 1024 * 1024;
/** Kilobytes: what Deno has by itself, the bound in bytes, and room for garbage. */
const MOST_MEMORY = 700 * 1024;

/** A command whose standard output is read only when it is asked for. */
class UnreadCommand implements AsyncDisposable {
  readonly child: Deno.ChildProcess;
  errors = "";
  readonly #heard: Promise<void>;

  constructor(words: readonly string[]) {
    this.child = new Deno.Command(Deno.execPath(), {
      args: [...denoArgs(words), MAIN, ...words],
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const texts = this.child.stderr.pipeThrough(new TextDecoderStream());
    this.#heard = (async () => {
      for await (const text of texts) this.errors += text;
    })();
  }

  /** Most memory that it ever had, in kilobytes. */
  async mostMemory(): Promise<number> {
    const status = await Deno.readTextFile(`/proc/${this.child.pid}/status`);
    return Number(/VmHWM:\s+(\d+)/.exec(status)![1]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.child.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await this.child.status;
    await this.#heard;
    if (!this.child.stdout.locked) await this.child.stdout.cancel();
  }
}

/** A server that never drops a client for what it has not read: the command alone is to be bounded. */
function patientBroker(): Broker {
  return Broker.listen({ maxOutput: 2 ** 30, maxMemory: 2 ** 31 });
}

/** A signal of a megabyte, with characters that take six bytes each in JSON. */
function large(number: number): string {
  const text = "x".repeat(MIB / 2) + "\u0001".repeat(MIB / 12);
  return `{"number":${number},"text":${JSON.stringify(text)}}`;
}

async function flood(url: string, count = MESSAGES): Promise<RedisClient> {
  const client = await RedisClient.connect(url);
  const heard = () => client.publish("event-signal-pubsub", "first");
  await until(async () => await heard() > 0, {
    what: "the command to listen",
    timeout: 20_000,
  });
  for (let number = 0; number < count; number++) {
    await client.publish("event-signal-pubsub", large(number));
  }
  return client;
}

const ignore = Deno.build.os !== "linux";

Deno.test(
  "record holds no more for a reader that does not read, and tells the gap",
  { ignore },
  async () => {
    await using server = patientBroker();
    await using command = new UnreadCommand(["record", "--redis", server.url]);
    await using client = await flood(server.url);
    await until(() => command.errors.includes("gap:"), { what: "the gap" });
    const most = await command.mostMemory();
    assert(most < MOST_MEMORY, `${most} kB`);
    const entries: Entry[] = [];
    const texts = command.child.stdout.pipeThrough(new TextDecoderStream());
    let unfinished = "";
    const reading = (async () => {
      for await (const text of texts) {
        const lines = (unfinished + text).split("\n");
        unfinished = lines.pop()!;
        entries.push(...lines.map((line) => parseEntry(line)!));
      }
    })();
    // The gap ends when there is room again.
    await until(async () => {
      await client.publish("event-signal-pubsub", "last");
      return entries.at(-1)?.type === "signal" &&
        entries.some(({ type }) => type === "gap");
    }, { what: "the reader to have caught up", timeout: 30_000 });
    command.child.kill("SIGTERM");
    await within(command.child.status, { what: "the end" });
    await reading;
    const dropped = entries.reduce(
      (sum, entry) => sum + (entry.type === "gap" ? entry.dropped ?? 0 : 0),
      0,
    );
    const recorded =
      entries.filter((entry) =>
        entry.type === "signal" && entry.payload.includes("number")
      ).length;
    const last =
      entries.filter((entry) =>
        entry.type === "signal" && entry.payload === "last"
      ).length;
    assert(dropped >= MESSAGES - recorded, `${dropped} and ${recorded}`);
    assert(recorded >= 40 && recorded < MESSAGES, `${recorded} recorded`);
    assert(last > 0);
    const gaps = entries.filter(({ type }) => type === "gap").length;
    assertStringIncludes(
      command.errors,
      `${gaps} gap${gaps === 1 ? "" : "s"}, ${dropped} messages dropped in`,
    );
    assertEquals(entries.at(-1)?.type, "end");
  },
);

for (const json of [[], ["--json"]]) {
  const name = ["listen", ...json].join(" ");
  Deno.test(
    `${name} holds no more for a reader that does not read, and counts`,
    { ignore },
    async () => {
      await using server = patientBroker();
      const words = ["listen", ...json, "--redis", server.url];
      await using command = new UnreadCommand(words);
      const short = "x".repeat(2_000);
      // Lines for people are short: only many fill the pipe.
      await using client = await flood(
        server.url,
        json.length === 0 ? 0 : MESSAGES,
      );
      for (let n = 0; n < (json.length === 0 ? 45_000 : 0); n++) {
        const published = client.publish("event-signal-pubsub", short);
        if (n % 1_000 === 0) await published;
      }
      await client.publish("event-signal-pubsub", "last");
      assertStringIncludes(command.errors, "gap: more comes than is read");
      const most = await command.mostMemory();
      assert(most < MOST_MEMORY, `${most} kB`);
      const texts = command.child.stdout.pipeThrough(new TextDecoderStream());
      const line =
        /"type":"dropped","time":"[^"]*","count":([1-9]\d*)|: ([1-9]\d*) dropped/;
      let text = "";
      const reading = (async () => {
        for await (const part of texts) {
          text = text.slice(-200) + part;
          if (line.test(text)) return;
        }
        throw new Error("No line tells what was dropped");
      })();
      try {
        await within(reading, { what: "what was dropped", timeout: 60_000 });
      } finally {
        command.child.kill("SIGKILL");
        await reading.catch(() => {});
      }
    },
  );
}

for (const words of [["record"], ["listen", "--json"]]) {
  const name = words.join(" ");
  Deno.test(`${name} ends within a second though its reader does not read`, {
    ignore,
  }, async () => {
    await using server = patientBroker();
    await using command = new UnreadCommand([...words, "--redis", server.url]);
    await using _client = await flood(server.url);
    await until(() => command.errors.includes("gap:"), { what: "the gap" });
    const begin = performance.now();
    command.child.kill("SIGTERM");
    const { code } = await within(command.child.status, { what: "the end" });
    const ms = performance.now() - begin;
    assertEquals(code, codeAfter("SIGTERM"));
    assert(ms < 2_000, `${ms} ms`);
    if (words[0] !== "record") return;
    await until(() => /\d+ messages dropped in all/.test(command.errors), {
      what: "how many were dropped",
    });
  });
}

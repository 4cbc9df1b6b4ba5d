import { assertEquals, assertRejects } from "@std/assert";
import { leveledLogger } from "../../src/internal/logger.ts";
import { explained } from "../../src/transport/long_wait.ts";
import { FakeTime } from "../support/fake_time.ts";

/** Waits `ms` milliseconds for a server in trouble; returns the log lines. */
async function logged(ms: number, trouble?: Error): Promise<string[]> {
  using time = new FakeTime();
  const lines: string[] = [];
  const log = (line: string) => void lines.push(line);
  const logger = leveledLogger({
    debug: log,
    info: log,
    warn: log,
    error: log,
  });
  const done = Promise.withResolvers<number>();
  const waiting = explained(
    done.promise,
    { name: "redis://here", trouble },
    logger,
  );
  time.tick(ms);
  done.resolve(7);
  assertEquals(await waiting, 7);
  assertEquals(time.pending, 0);
  return lines;
}

Deno.test("a wait of less than two seconds is not logged", async () => {
  assertEquals(await logged(1_900), []);
});

Deno.test("a wait of more than two seconds is logged once, with the cause of the trouble", async () => {
  const refused = new Error("Connection refused (os error 111)");
  assertEquals(
    await logged(
      10_000,
      new Error("Cannot connect to redis://here: …", { cause: refused }),
    ),
    ["Waiting for redis://here: Connection refused (os error 111)"],
  );
  assertEquals(await logged(2_100, new Error("it was not ready")), [
    "Waiting for redis://here: it was not ready",
  ]);
  assertEquals(await logged(2_100), [
    "Waiting for redis://here: the server does not answer",
  ]);
});

Deno.test("a wait that fails keeps its error", async () => {
  const error = new Error("enough");
  const logger = leveledLogger(undefined, "CRITICAL");
  const waiting = explained(Promise.reject(error), { name: "" }, logger);
  assertEquals(await assertRejects(() => waiting), error);
});

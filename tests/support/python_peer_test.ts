import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  needsPython,
  PythonError,
  PythonExporter,
  PythonResponder,
} from "./python_peer.ts";
import { needsRedis } from "./redis_binary.ts";
import { RedisServer } from "./redis_server.ts";

const WHAT = "Python peers";
const options = {
  ignore: needsPython(WHAT).ignore || needsRedis(WHAT).ignore,
};

Deno.test(
  "Python's exporter gets the code and the messages of Python's responder, which yields its signals",
  options,
  async () => {
    await using server = await RedisServer.start();
    await using responder = await PythonResponder.connect(server.url);
    await responder.listen({
      initialization: {},
      work: { ras: 1, message: "done", delay: 10 },
      "*": { ras: 0 },
    });
    await using exporter = await PythonExporter.connect(server.url, {
      name: "test",
    });
    assert(exporter.publisherId.startsWith("test-"));
    assert(await exporter.initializeAndWait(1, ["work", "play"]));
    assertEquals(await exporter.subscribers(), [responder.responderId]);
    assertEquals(
      await exporter.publishSignal("work", {
        metadata: { value: 1 },
        sample: 3,
        tag: "label",
      }),
      { code: 0, messages: { [responder.responderId]: "done" } },
    );
    assertEquals((await exporter.publishSignal("play")).code, 1);
    await responder.listen({ "*": null });
    assertEquals(
      (await exporter.publishSignal("play", { timeout: 1_000 })).code,
      2,
    );
    await exporter.shutdown();

    assertEquals((await responder.nextSignal()).event, "initialization");
    const { event, sample_no, tag, metadata } = await responder.nextSignal();
    assertEquals([event, sample_no, tag, metadata], ["work", 3, "label", {
      value: 1,
    }]);
  },
);

Deno.test(
  "Python's responder obeys locks, and reports NaN as text and the end of listen()",
  options,
  async () => {
    await using server = await RedisServer.start({ password: "secret" });
    await using responder = await PythonResponder.connect(server.url);
    await responder.lockTag("mine");
    await responder.listen();
    const publish = (tag: unknown, metadata: string) =>
      server.cli(
        "PUBLISH",
        "event-signal-pubsub",
        `{"publisher_id":"p","process_name":"p","event":"e","runner_host":"h",` +
          `"sample_no":1,"tag":${JSON.stringify(tag)},"metadata":${metadata}}`,
      );
    await publish("theirs", "{}");
    await publish("mine", '{"value":NaN}');
    assertEquals((await responder.nextSignal()).metadata, { value: "nan" });
    await responder.unlock();
    await publish("theirs", "{}");
    assertEquals((await responder.nextSignal()).tag, "theirs");
    await publish(null, "{}");
    await assertRejects(() => responder.nextSignal(), PythonError);
  },
);

Deno.test("an exception of Python is a PythonError", options, async () => {
  await using server = await RedisServer.start();
  {
    await using exporter = await PythonExporter.connect(server.url);
    await exporter.initialize(["known"]);
    const error = await assertRejects(
      () => exporter.publishSignal("unknown"),
      PythonError,
    );
    assertEquals(error.type, "ValueError");
  }
  await server.kill();
  await assertRejects(
    () => PythonResponder.connect(server.url, { connectTimeout: 1_000 }),
    PythonError,
    "ConnectionError",
  );
});

Deno.test(
  "nextSignal() of a killed Python peer is rejected with the signal",
  options,
  async () => {
    await using server = await RedisServer.start();
    await using responder = await PythonResponder.connect(server.url);
    await responder.listen();
    await responder.process.kill();
    await assertRejects(() => responder.nextSignal(), Error, "SIGKILL");
  },
);

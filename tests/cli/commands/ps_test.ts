import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { SignalExporter } from "../../../src/signals/exporter/exporter.ts";
import { SERVERS } from "../../interop/servers.ts";
import { run } from "../cli.ts";
import { serving } from "../serving.ts";

for (const { name, ignore, start } of SERVERS) {
  Deno.test(`ps on ${name}`, { ignore }, async (t) => {
    await using server = await start();
    const redis = ["--redis", server.url];
    await using _a = await serving(server.url, "node-7", { start() {} });
    await using fio = await SignalExporter.connect("fio", {
      redis: server.url,
      runnerHost: "lab-1",
    });
    await fio.initializeAndWait(1, ["start"]);
    await fio.publishSignal("start", { tag: "blue" });
    await using evil = await SignalExporter.connect("e\x1b[2Jvil\u202e", {
      redis: server.url,
      runnerHost: "lab-2",
    });
    await evil.initialize(["x"]);

    await t.step(
      "lists the live exporters, and since when they are in their state",
      async () => {
        const { code, stdout } = await run(["ps", "--count", "2", ...redis]);
        assertEquals(code, 0);
        const [head, ...rows] = stdout.trim().split("\n");
        assert(/^PROCESS +HOST +STATE +FOR +SUBSCRIBERS$/.test(head!), head);
        assertEquals(rows.length, 2);
        assert(/^e\[2Jvil +lab-2 +initialization +[\d.]+ m?s /.test(rows[0]!));
        assert(/^fio +lab-1 +start +[\d.]+ m?s +1 node-7$/.test(rows[1]!));
      },
    );

    await t.step("tells machines the same", async () => {
      const { stdout } = await run(
        ["ps", "--process", "fio", "--json", "--count", "1", ...redis],
      );
      const { since, ...rest } = JSON.parse(stdout);
      assertEquals(rest, {
        type: "exporter",
        publisher_id: fio.publisherId,
        process_name: "fio",
        runner_host: "lab-1",
        state: "start",
        tag: "blue",
        subscribers: [...fio.subscribers],
        subscriber_count: 1,
      });
      assert(Math.abs(Date.parse(since) - Date.now()) < 60_000);
    });

    await t.step("says where there are not enough", async () => {
      const words = ["ps", "--process", "none", "--timeout", "200ms", ...redis];
      const { code, stdout, stderr } = await run(words);
      assertEquals({ code, stdout }, { code: 0, stdout: "" });
      assertStringIncludes(stderr, "No exporter has answered");
      assertEquals((await run([...words, "--count", "1"])).code, 2);
    });

    await t.step("lists those with a tag", async () => {
      const { stdout } = await run(
        ["ps", "--tag", "blue", "--timeout", "300ms", "--json", ...redis],
      );
      assertEquals(stdout.trim().split("\n").length, 1);
      assertEquals(JSON.parse(stdout).process_name, "fio");
    });
  });
}

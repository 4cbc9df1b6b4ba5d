import { assertEquals, assertRejects } from "@std/assert";
import { Sends } from "../../../src/signals/exporter/sends.ts";
import { FakeTime } from "../../support/fake_time.ts";

Deno.test("what nobody owes an answer is over when the server has it", async () => {
  const sent: unknown[] = [];
  const sends = new Sends((payload, within, receipt) => {
    sent.push(payload, within);
    receipt.sent(3);
  });
  const wait = { timeout: Infinity };
  const { ok, code, acks, receivers } = await sends.send("a", wait);
  assertEquals(sent, ["a", wait]);
  assertEquals([ok, code, acks.size, receivers], [true, 0, 0, 3]);
});

Deno.test("the end reaches all that are under way, and none that is over", async () => {
  using time = new FakeTime();
  const sends = new Sends((payload, _wait, receipt) => {
    if (payload === "over") receipt.sent(1);
  });
  const wait = { timeout: Infinity };
  await sends.send("over", wait);
  const running = ["a", "b"].map((payload) =>
    assertRejects(
      () => sends.send(payload, wait),
      Error,
      "Cannot tell whether the signal was sent",
    )
  );
  sends.end();
  time.tick(1_000);
  await Promise.all(running);
  assertEquals(time.pending, 0);
});

import { assertEquals } from "@std/assert";
import { Correlation } from "../../../src/signals/exporter/correlation.ts";
import { SignalLog } from "../../../src/signals/exporter/signal_log.ts";

function fixture() {
  const log = new SignalLog({
    isSubscriber: () => true,
    oldestInFlight: () => Infinity,
  });
  return { log, correlation: new Correlation(log, true) };
}

Deno.test("each ticket has an id of its own and the next sequence number", () => {
  const { correlation } = fixture();
  const tickets = Array.from(
    { length: 40 },
    () => correlation.nextTicket(true),
  );
  assertEquals(new Set(tickets.map(({ id }) => id)).size, 40);
  assertEquals([tickets[0], tickets[39]], [
    { id: "1", seq: 1, alive: true },
    { id: "14", seq: 40, alive: true },
  ]);
  assertEquals(correlation.countSince(tickets[0]!), 39);
});

Deno.test("the sequence number of a signal that was not sent is reused unless a later signal is out", () => {
  const { correlation } = fixture();
  const next = () => correlation.nextTicket(false);
  const [first, second, third] = [next(), next(), next()];
  correlation.withdraw(second!); // the third signal is out
  assertEquals(next().seq, 4);
  const [fifth, sixth] = [next(), next()];
  correlation.withdraw(fifth!);
  correlation.withdraw(sixth!);
  assertEquals(next(), { id: "7", seq: 5, alive: false });
  correlation.withdraw(first!);
  correlation.withdraw(third!);
  assertEquals(next().seq, 6);
});

Deno.test("an event is a single unticketed one if it was published exactly once without a ticket", () => {
  const { correlation } = fixture();
  assertEquals(correlation.isSingleUnticketed("a"), false);
  correlation.noteUnticketed("a");
  assertEquals(correlation.isSingleUnticketed("a"), true);
  correlation.noteUnticketed("a");
  correlation.noteUnticketed("a");
  assertEquals(correlation.isSingleUnticketed("a"), false);
  for (let n = 0; n < 5_000; n++) correlation.noteUnticketed(`e${n}`);
  assertEquals(correlation.isSingleUnticketed("e1"), true);
  assertEquals(correlation.isSingleUnticketed("e4999"), false); // too many names
});

Deno.test("the newest ten thousand ids that have named signals are remembered", () => {
  const { correlation } = fixture();
  for (let n = 0; n <= 10_000; n++) correlation.noteNaming(`r${n}`);
  assertEquals(
    ["r0", "r1", "r10000", "other"].map((id) => correlation.namesSignals(id)),
    [false, true, true, false],
  );
});

Deno.test("a fence is as large as its slowest peer needs, without the peers that need too much", () => {
  const { log, correlation } = fixture();
  for (let n = 0; n < 64; n++) log.add("initialization");
  log.add("a");
  log.take("near", "a", undefined);
  log.take("far", "initialization", undefined);
  assertEquals(correlation.fenceFor("a", ["near"]), 0);
  assertEquals(correlation.fenceFor("a", ["near", "far"]), 64);
  log.take("far", "other", undefined);
  assertEquals(correlation.fenceFor("a", ["near", "far", "unknown"]), 64);
  assertEquals(correlation.fenceFor("a", ["near", "unknown"]), 0);
});

Deno.test("the fences for a silent peer stop growing, and the peer counts again with its second publish", () => {
  const { log, correlation } = fixture();
  const publish = () => {
    const size = correlation.fenceFor("a", ["p"]);
    for (let n = 0; n < size; n++) log.add("initialization");
    return { size, number: log.add("a") };
  };
  log.add("initialization");
  log.take("p", "initialization", undefined);
  const sizes = Array.from({ length: 10 }, () => publish().size);
  assertEquals(sizes, [0, 1, 2, 4, 8, 0, 0, 0, 0, 0]);
  // The peer answers again; its responses to the earlier signals are lost.
  const first = publish();
  assertEquals(log.take("p", "a", first.number).only, undefined);
  const second = publish();
  assertEquals(second.size, 16);
  for (let n = 0; n < second.size; n++) {
    log.take("p", "initialization", undefined);
  }
  assertEquals(log.take("p", "a", second.number).only, second.number);
});

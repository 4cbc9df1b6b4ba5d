import { assertEquals } from "@std/assert";
import { FanOut } from "../../src/adapters/fan_out.ts";
import type { Sink } from "../../src/transport/transport.ts";
import { uncaught } from "../support/uncaught.ts";

/** A sink that writes down what it is told. */
function recorder(): Sink & { readonly told: string[] } {
  const told: string[] = [];
  return {
    told,
    message: (payload, channel) => void told.push(`${channel}: ${payload}`),
    unreadable: (reason, channel) => void told.push(`${channel}? ${reason}`),
    link: ({ state }) => void told.push(state),
  };
}

Deno.test("a message reaches everyone on its channel and nobody else", () => {
  const fanOut = new FanOut();
  const [one, other, both] = [recorder(), recorder(), recorder()];
  fanOut.add(["a"], one);
  fanOut.add(["b"], other);
  fanOut.add(["a", "b"], both);
  fanOut.message("a", "1");
  fanOut.unreadable("b", "not UTF-8");
  fanOut.message("c", "2");
  assertEquals(one.told, ["a: 1"]);
  assertEquals(other.told, ["b? not UTF-8"]);
  assertEquals(both.told, ["a: 1", "b? not UTF-8"]);
});

Deno.test("a channel is unused when its last listener leaves", () => {
  const fanOut = new FanOut();
  const [one, other] = [recorder(), recorder()];
  fanOut.add(["a", "b"], one);
  fanOut.add(["a"], other);
  assertEquals(fanOut.remove(["a", "b"], one), ["b"]);
  assertEquals(fanOut.remove(["a", "b"], one), []);
  fanOut.message("a", "1");
  assertEquals([one.told, other.told], [[], ["a: 1"]]);
  assertEquals(fanOut.remove(["a"], other), ["a"]);
});

Deno.test("only channels that were confirmed are subscribed to again", () => {
  const fanOut = new FanOut();
  fanOut.add(["a", "b"], recorder());
  fanOut.add(["forbidden"], recorder());
  fanOut.confirm(["a", "b", "gone"]);
  assertEquals(fanOut.confirmed, ["a", "b"]);
});

Deno.test("a change of the link is told once to each who is subscribed", () => {
  const fanOut = new FanOut();
  const [subscribed, waiting] = [recorder(), recorder()];
  fanOut.add(["a", "b"], subscribed);
  fanOut.add(["c"], waiting);
  fanOut.confirm(["a", "b"]);
  fanOut.tell({ state: "up", downtime: 1 });
  assertEquals([subscribed.told, waiting.told], [["up"], []]);
});

Deno.test("a sink that throws costs nobody else the message", () => {
  const fanOut = new FanOut();
  using reported = uncaught();
  const failure = new Error("a fault of the sink's");
  const after = recorder();
  fanOut.add(["a"], {
    message: () => {
      throw failure;
    },
  });
  fanOut.add(["a"], after);
  fanOut.message("a", "1");
  assertEquals(reported.errors, [failure]);
  assertEquals(after.told, ["a: 1"]);
});

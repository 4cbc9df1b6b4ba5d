import { assertEquals } from "@std/assert";
import { Subscriptions } from "../../src/link/subscriptions.ts";
import type { LinkChange, Sink } from "../../src/transport/transport.ts";
import { uncaught } from "../support/uncaught.ts";

/** A sink that keeps each message and change as one line. */
class Told implements Sink {
  readonly lines: string[] = [];
  message(payload: string, channel: string): void {
    this.lines.push(`${channel}: ${payload}`);
  }
  unreadable(reason: string, channel: string): void {
    this.lines.push(`${channel} unreadable: ${reason}`);
  }
  link(change: LinkChange): void {
    this.lines.push(change.state);
  }
}

Deno.test("messages reach the sinks of their channel, in order, and no other", () => {
  const subscriptions = new Subscriptions();
  const [one, other, both] = [new Told(), new Told(), new Told()];
  subscriptions.add(["a"], one);
  subscriptions.add(["b"], other);
  subscriptions.add(["a", "b"], both);
  subscriptions.message("a", "1");
  subscriptions.unreadable("b", "too long");
  subscriptions.message("a", "2");
  subscriptions.message("nowhere", "3");
  assertEquals(one.lines, ["a: 1", "a: 2"]);
  assertEquals(other.lines, ["b unreadable: too long"]);
  assertEquals(both.lines, ["a: 1", "b unreadable: too long", "a: 2"]);
});

Deno.test("an empty message is a message", () => {
  const subscriptions = new Subscriptions();
  const told = new Told();
  subscriptions.add(["a"], told);
  subscriptions.message("a", "");
  assertEquals(told.lines, ["a: "]);
});

Deno.test("a sink that is removed during a delivery does not get the message, and one that is added gets the next", () => {
  const subscriptions = new Subscriptions();
  const [second, third, late] = [new Told(), new Told(), new Told()];
  const first = {
    message: () => {
      subscriptions.remove(["a"], second);
      subscriptions.add(["a"], late);
    },
  };
  for (const sink of [first, second, third]) subscriptions.add(["a"], sink);
  subscriptions.message("a", "1");
  subscriptions.message("a", "2");
  assertEquals(
    [second.lines, third.lines, late.lines],
    [[], ["a: 1", "a: 2"], ["a: 2"]],
  );
});

Deno.test("a sink that removes itself disturbs no other", () => {
  const subscriptions = new Subscriptions();
  const told = new Told();
  const leaving: Sink = {
    message: () => subscriptions.remove(["a"], leaving),
  };
  subscriptions.add(["a"], leaving);
  subscriptions.add(["a"], told);
  subscriptions.message("a", "1");
  subscriptions.message("a", "2");
  assertEquals(told.lines, ["a: 1", "a: 2"]);
});

Deno.test("a sink that throws is reported, and disturbs no other", () => {
  const subscriptions = new Subscriptions();
  const told = new Told();
  const fault = new Error("the sink's own fault");
  const throwing = () => {
    throw fault;
  };
  subscriptions.add(["a"], { message: throwing, link: throwing });
  subscriptions.add(["a"], told);
  subscriptions.confirm(["a"]);
  using reported = uncaught();
  subscriptions.message("a", "1");
  subscriptions.tell({ state: "up", downtime: 0 });
  assertEquals(reported.errors, [fault, fault]);
  assertEquals(told.lines, ["a: 1", "up"]);
});

Deno.test("a channel is unused when the last of its sinks is removed", () => {
  const subscriptions = new Subscriptions();
  const [one, other] = [new Told(), new Told()];
  subscriptions.add(["a", "b"], one);
  subscriptions.add(["a", "a"], other);
  assertEquals(subscriptions.remove(["a", "b"], one), ["b"]);
  assertEquals(subscriptions.remove(["a", "b"], one), []);
  assertEquals(subscriptions.remove(["a"], other), ["a"]);
});

Deno.test("only channels that were confirmed are subscribed to again", () => {
  const subscriptions = new Subscriptions();
  subscriptions.add(["a", "b", "forbidden"], new Told());
  assertEquals(subscriptions.unconfirmed(["a", "c"]), ["a", "c"]);
  subscriptions.confirm(["a", "b", "gone"]);
  assertEquals(subscriptions.confirmed, ["a", "b"]);
  assertEquals(subscriptions.unconfirmed(["a", "forbidden", "gone"]), [
    "forbidden",
    "gone",
  ]);
});

Deno.test("each sink with a confirmed channel gets a change of the link once", () => {
  const subscriptions = new Subscriptions();
  const [told, waiting] = [new Told(), new Told()];
  subscriptions.add(["a", "b"], told);
  subscriptions.add(["c"], waiting);
  subscriptions.confirm(["a", "b"]);
  subscriptions.tell({ state: "down", cause: new Error("cut") });
  assertEquals([told.lines, waiting.lines], [["down"], []]);
});

Deno.test("a link that is closed takes its confirmed channels along, and no other", () => {
  const subscriptions = new Subscriptions();
  const [told, waiting] = [new Told(), new Told()];
  subscriptions.add(["a"], told);
  subscriptions.add(["b"], waiting);
  subscriptions.confirm(["a"]);
  subscriptions.tell({ state: "closed", cause: new Error("for good") });
  assertEquals(subscriptions.confirmed, []);
  for (const channel of ["a", "b"]) subscriptions.message(channel, "1");
  assertEquals([told.lines, waiting.lines], [["closed"], ["b: 1"]]);
});

Deno.test("a channel that is refused is lost for good, and no other", () => {
  const subscriptions = new Subscriptions();
  const [revoked, told] = [new Told(), new Told()];
  subscriptions.add(["a"], told);
  subscriptions.add(["b"], revoked);
  subscriptions.confirm(["a", "b"]);
  subscriptions.refuse("b", new Error("NOPERM"));
  subscriptions.refuse("unknown", new Error("NOPERM"));
  assertEquals(subscriptions.confirmed, ["a"]);
  assertEquals([told.lines, revoked.lines], [[], ["closed"]]);
});

/**
 * How long a function of `once()` may run unheard.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { OnceLease } from "../../../src/signals/once/lease.ts";

Deno.test("a claim that is heard when its lease is over runs nothing", () => {
  const facts = [1, 2].map((now) => {
    const lease = new OnceLease("c", 0, 2, now);
    return [lease.isRunning, lease.isLapsed];
  });
  assertEquals(facts, [[true, false], [false, true]]);
});

Deno.test("a lease counts from the sending of the last sign that was heard, and never begins again", () => {
  const lease = new OnceLease("c", 0, 2, 0);
  lease.renew(1);
  assertEquals([lease.check(2), lease.check(3)], [false, true]);
  lease.renew(3);
  assertEquals(lease.check(4), true);
});

Deno.test("the function of a claim stops when another claim counts", () => {
  const lease = new OnceLease("c", 0, 2, 0);
  lease.revoke();
  assertEquals([lease.isRunning, lease.check(0)], [true, true]);
});

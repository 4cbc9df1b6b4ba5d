import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { Viewport } from "../../../../src/cli/timeline/page/view/viewport.ts";

function viewport(end = 1_000): Viewport {
  const viewport = new Viewport(end);
  viewport.width = 500;
  return viewport;
}

Deno.test("at first all is to be seen, with some room on both sides", () => {
  const { from, to } = viewport();
  assert(from < 0 && to > 1_000);
});

Deno.test("places and moments are two ways to say the same", () => {
  const view = viewport();
  for (const t of [0, 1, 333.3, 1_000]) {
    assertAlmostEquals(view.t(view.x(t)), t, 1e-9);
  }
});

Deno.test("zooming leaves what is under the pointer where it is", () => {
  const view = viewport();
  const t = view.t(123);
  view.zoom(0.1, 123);
  assertAlmostEquals(view.t(123), t, 1e-6);
  assertAlmostEquals(view.span, 103, 1);
});

Deno.test("there is an end to zooming and moving", () => {
  const view = viewport();
  const { from, to } = view;
  view.zoom(10);
  assertEquals([view.from, view.to], [from, to]);
  for (let n = 0; n < 100; n++) view.zoom(0.5);
  assertAlmostEquals(view.span, 0.01, 1e-9);
  view.pan(1e9);
  assertAlmostEquals(view.to, to, 1e-6);
  view.pan(-1e12);
  assertAlmostEquals(view.from, from, 1e-6);
});

Deno.test("a span is shown with room around it, a moment in the middle", () => {
  const view = viewport();
  view.show(400, 500);
  assert(view.from < 400 && view.to > 500 && view.span < 200);
  view.centre(700);
  assertAlmostEquals(view.x(700), 250, 1e-6);
  view.fit();
  view.show(0, 1_000);
  assert(view.from < 0 && view.to > 1_000);
});

Deno.test("a recording of a single moment can be shown", () => {
  const view = viewport(0);
  assert(Number.isFinite(view.x(0)));
  view.show(0, 0);
  assert(view.span > 0);
});

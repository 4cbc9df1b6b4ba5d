import { assertEquals } from "@std/assert";
import { Following } from "../../../src/cli/barrier/following.ts";
import type { Signal } from "../../../src/protocol/signal/signal.ts";

/** What a follower of `warm` does about `PUBLISHER EVENT`, or `gap` and `gap PUBLISHER`. */
function reactionsTo(...script: string[]): string[] {
  const following = new Following("warm");
  return script.flatMap((each) => {
    const [publisherId, event = ""] = each.split(" ");
    if (publisherId === "gap") {
      following.missSome(event === "" ? undefined : event);
      return [];
    }
    const { answer, end } = following.take({
      publisherId,
      processName: publisherId === "other" ? "cold" : "warm",
      event,
    } as Signal);
    return [`${answer ? "answer" : "ignore"}${end ? ` ${end}` : ""}`];
  });
}

Deno.test("a follower leaves by its leader's last word", () => {
  const join = ["a initialization"];
  const begin = [...join, "a barrier"];
  const cases: [string[], string][] = [
    [[...begin, "a success"], "answer open"],
    [[...begin, "a fail"], "answer fail"],
    [[...join, "a fail"], "answer fail"],
    [[...begin, "a shutdown"], "ignore open"],
    [[...join, "a shutdown"], "ignore shutdown"],
    [[...join, "a warmup"], "answer"],
  ];
  for (const [script, last] of cases) {
    assertEquals(reactionsTo(...script).at(-1), last, script.join());
  }
});

Deno.test("a follower ignores a leader that it has not answered", () => {
  const strangers = ["other initialization", "a success", "a shutdown"];
  assertEquals(reactionsTo(...strangers), ["ignore", "ignore", "ignore"]);
});

Deno.test("the first barrier decides which leader is followed", () => {
  const script = [
    ...["a initialization", "b initialization", "b barrier"],
    ...["a barrier", "a success", "a initialization", "a shutdown"],
    "b success",
  ];
  assertEquals(reactionsTo(...script), [
    ...["answer", "answer", "answer"],
    ...["ignore", "ignore", "ignore", "ignore"],
    "answer open",
  ]);
});

Deno.test("a leader that gives up leaves its followers to another", () => {
  const both = ["a initialization", "b initialization"];
  assertEquals(
    reactionsTo(...both, "a fail", "a shutdown", "b barrier", "b success")
      .slice(2),
    ["answer", "ignore", "answer", "answer open"],
  );
  assertEquals(
    reactionsTo(...both, "a shutdown", "b shutdown").slice(2),
    ["ignore", "ignore shutdown"],
  );
});

Deno.test("a shutdown says nothing where the word before may be missed", () => {
  const cases: [string[], string][] = [
    [["a initialization", "a barrier", "gap", "a shutdown"], "ignore unknown"],
    [["a initialization", "gap", "a shutdown"], "ignore unknown"],
    [["a initialization", "gap", "a barrier", "a shutdown"], "ignore open"],
    [["gap", "a initialization", "a shutdown"], "ignore shutdown"],
    [["a initialization", "gap other", "a shutdown"], "ignore shutdown"],
    [["a initialization", "gap a", "a shutdown"], "ignore unknown"],
    [
      ["a initialization", "a barrier", "gap", "a success"],
      "answer open",
    ],
  ];
  for (const [script, last] of cases) {
    assertEquals(reactionsTo(...script).at(-1), last, script.join());
  }
});

Deno.test("a follower tells how far it got", () => {
  const following = new Following("warm");
  const take = (publisherId: string, event: string) =>
    following.take({ publisherId, processName: "warm", event } as Signal);
  const told = [following.progress];
  for (const event of ["shutdown", "initialization", "barrier"]) {
    take("a", event);
    told.push(following.progress);
  }
  assertEquals(told, [
    "no leader was there",
    "a leader was there, but asked for no more parties",
    "its leader was waiting for others",
    'neither "success" nor "fail" came after "barrier"',
  ]);
  assertEquals(following.leader, "a");
});

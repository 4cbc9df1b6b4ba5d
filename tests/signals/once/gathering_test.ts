import { assertEquals } from "@std/assert";
import { OnceGathering } from "../../../src/signals/once/gathering.ts";

const round = "";
const meeting = "a1/2";

Deno.test("a meeting comes about when each member has agreed, whoever else says that it has", () => {
  const gathering = new OnceGathering(2);
  gathering.start(
    {
      kind: "start",
      id: "a1",
      mid: meeting,
      round,
      after: "b1/1",
      members: [["a1", "a"], ["b1", "b"]],
    },
    "a1",
    true,
  );
  const agrees = (id: string) =>
    gathering.ready({ kind: "ready", id, mid: `${id}/3`, round, meeting });
  assertEquals(agrees("a1"), undefined);
  assertEquals(agrees("c1"), undefined, "not a member");
  assertEquals(agrees("b1")?.meeting, meeting);
});

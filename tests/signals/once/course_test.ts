import { assertEquals } from "@std/assert";
import { OnceCourse } from "../../../src/signals/once/course.ts";

const meeting = "a/2";

Deno.test("a course is over when each party has the result, or its last call has left", () => {
  const course = new OnceCourse(meeting, [["a1", "a"], ["b1", "b"]], 0);
  course.have({ meeting, party: "a" });
  assertEquals(course.isOver, false);
  course.leave({ id: "another call" });
  assertEquals(course.isOver, false);
  course.leave({ id: "b1" });
  assertEquals(course.isOver, true);
});

Deno.test("a party is waited for again when another call of it has come, whatever its old call says", () => {
  const course = new OnceCourse(meeting, [["a1", "a"]], 0);
  course.leave({ id: "a1" });
  course.join({ id: "a2", party: "a" });
  assertEquals(course.isOver, false);
  course.leave({ id: "a1" });
  assertEquals(course.isOver, false);
  course.leave({ id: "a2" });
  assertEquals(course.isOver, true);
});

Deno.test("a course that is read from a state message waits for each party of that message", () => {
  const common = { id: "x", mid: "x/1", round: "" };
  const course = OnceCourse.of(
    { kind: "state", ...common, meeting, after: "y/1", owed: ["a"] },
    0,
  );
  course.leave({ id: "a1" });
  assertEquals(course.isOver, false);
});

import { assert, assertEquals } from "@std/assert";
import {
  Family,
  familyOf,
  type ProcessEntry,
  readProcesses,
} from "../../../src/cli/process/family.ts";
import { until } from "../../support/wait.ts";

const entry = (
  pid: number,
  parent: number,
  group = pid,
  session = group,
): ProcessEntry => ({ pid, parent, group, session });

const ids = (found: readonly ProcessEntry[]) =>
  found.map(({ pid }) => pid).sort((a, b) => a - b);

Deno.test("a family is what descends from its first member, or shares its group or session", () => {
  const table = [
    entry(1, 0),
    entry(99, 1), // starts all of it, and is no part of it
    entry(204, 203, 203, 203), // stands before its parent
    entry(100, 99),
    entry(101, 100, 100),
    entry(102, 1, 100), // its parent has ended
    entry(103, 1, 103, 100), // and has made a group of its own
    entry(203, 101), // has made a session of its own
    entry(300, 1), // so has this one, and its parent has ended: not to be found
    entry(301, 99),
  ];
  assertEquals(ids(familyOf(100, [], table)), [100, 101, 102, 103, 203, 204]);
});

Deno.test("what was known to be of a family stays so when its parents have ended", () => {
  const known = [entry(100, 99), entry(203, 101)];
  const table = [entry(1, 0), entry(203, 1), entry(204, 203), entry(5, 1)];
  assertEquals(ids(familyOf(100, known, table)), [203, 204]);
});

for (const os of ["linux", "darwin"]) {
  Deno.test(`the table of processes is read as on ${os}`, {
    ignore: Deno.build.os === "windows" || Deno.build.os !== "linux" &&
        os === "linux",
  }, () => {
    const table = readProcesses(os)!;
    const own = table.find(({ pid }) => pid === Deno.pid);
    assertEquals(own?.parent, Deno.ppid);
    assert(table.length > 1);
    for (const { pid, parent, group } of table) {
      assert(pid > 0 && parent >= 0 && group >= 0);
    }
  });
}

Deno.test("a family whose table can't be read is its process group", {
  ignore: Deno.build.os === "windows",
}, async () => {
  const child = new Deno.Command("sh", {
    args: ["-c", "sleep 60 & sleep 60"],
    detached: true,
    stdin: "null",
  }).spawn();
  const family = new Family(child.pid, () => undefined);
  assertEquals([family.isThere, family.isGone()], [true, false]);
  family.signal("SIGKILL");
  assertEquals((await child.status).signal, "SIGKILL");
});

Deno.test("a process that has ended and was not noticed yet is gone", {
  ignore: Deno.build.os === "windows",
}, async () => {
  // The parent waits for none of its children: the first one stays a zombie.
  const child = new Deno.Command("sh", {
    args: ["-c", "sh -c 'echo $$' & exec sleep 60"],
    detached: true,
    stdin: "null",
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.getReader();
  const { value } = await reader.read();
  const pid = Number(new TextDecoder().decode(value));
  await until(() => !readProcesses()!.some((each) => each.pid === pid), {
    what: "the child's end",
  });
  assert(readProcesses()!.some((each) => each.pid === child.pid));
  child.kill("SIGKILL");
  await child.status;
  await reader.cancel();
  assert(new Family(child.pid).isGone());
});

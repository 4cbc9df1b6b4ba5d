import { assertEquals, assertRejects } from "@std/assert";
import { writeTo } from "../../../src/cli/recording/recording_writer.ts";

Deno.test("lines are written in their order, many at a time", async () => {
  const written: string[] = [];
  const slow = Promise.withResolvers<void>();
  await using file = writeTo(async (text) => {
    written.push(text);
    await slow.promise;
  });
  for (const line of ["a", "b"]) file.add(line);
  await Promise.resolve();
  for (const line of ["c", "d"]) file.add(line);
  assertEquals(file.backlog, 2);
  slow.resolve();
  await file.flush();
  assertEquals(written, ["ab", "cd"]);
  assertEquals(file.backlog, 0);
});

Deno.test("a file holds what was added before it is let go of", async () => {
  const path = await Deno.makeTempFile();
  try {
    {
      await using file = writeTo(await Deno.open(path, { write: true }));
      file.add("ä\n");
      file.add("b\n");
    }
    assertEquals(await Deno.readTextFile(path), "ä\nb\n");
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("a failure is told of at once, and in the end", async () => {
  await using file = writeTo(() => Promise.reject(new Error("disk full")));
  file.add("a");
  await assertRejects(() => file.flush(), Error, "disk full");
  assertEquals(file.failed.aborted, true);
});

Deno.test("behind a line that could not be written none is", async () => {
  const written: string[] = [];
  await using file = writeTo((text) => {
    written.push(text);
    return written.length === 1
      ? Promise.reject(new Error("disk full"))
      : Promise.resolve();
  });
  file.add("torn");
  await assertRejects(() => file.flush(), Error, "disk full");
  file.add("later");
  await assertRejects(() => file.flush(), Error, "disk full");
  assertEquals([written, file.backlog], [["torn"], 0]);
});

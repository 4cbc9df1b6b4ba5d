import { assertEquals, assertRejects } from "@std/assert";
import { startRole } from "./child.ts";

const hello = { what: "the role's first line" };
const echo = { what: "an echo" };

Deno.test("a role gets its arguments and only the granted permissions", async () => {
  await using role = startRole("echo.ts", {
    args: ["one", "two"],
    permissions: ["--allow-net"],
  });
  assertEquals(await role.next(hello), {
    args: ["one", "two"],
    permissions: { net: "granted", env: "prompt", read: "prompt" },
  });
});

Deno.test("a role exchanges lines of JSON with the test", async () => {
  await using role = startRole("echo.ts");
  await role.next(hello);
  await role.send({ text: "two\nlines, ü" });
  await role.send([1]);
  assertEquals(await role.next(echo), { text: "two\nlines, ü" });
  assertEquals(await role.next(echo), [1]);
});

Deno.test("a suspended role is mute until it is resumed", async () => {
  await using role = startRole("echo.ts");
  await role.next(hello);
  role.suspend();
  await role.send("are you there?");
  await assertRejects(() => role.next({ ...echo, timeout: 100 }));
  role.resume();
  assertEquals(await role.next(echo), "are you there?");
});

Deno.test("next() of a role that is killed is rejected with the signal", async () => {
  await using role = startRole("echo.ts");
  await role.next(hello);
  const waiting = assertRejects(() => role.next(echo), Error, "SIGKILL");
  assertEquals((await role.kill()).signal, "SIGKILL");
  await waiting;
  await role.kill();
});

Deno.test("next() of a role that can't start is rejected with its error output", async () => {
  await using role = startRole("not_there.ts");
  await assertRejects(() => role.next(hello), Error, "Module not found");
});

import { assertEquals, assertRejects } from "@std/assert";
import { Arguments } from "../../../src/cli/args/arguments.ts";
import {
  readCredentials,
  readPassword,
} from "../../../src/cli/args/credentials.ts";
import { UsageError } from "../../../src/cli/args/usage_error.ts";

/** A file of certain bytes; it is removed in the end. */
async function fileOf(
  content: string | number[],
): Promise<{ path: string } & AsyncDisposable> {
  const path = await Deno.makeTempFile();
  await Deno.writeFile(
    path,
    typeof content === "string"
      ? new TextEncoder().encode(content)
      : new Uint8Array(content),
  );
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path) };
}

Deno.test("a password is the bytes of its file but for one newline at their end", async () => {
  const cases: [string, string][] = [
    ["sesame", "sesame"],
    ["sesame\n", "sesame"],
    ["sesame\r\n", "sesame"],
    ["sesame\n\n", "sesame\n"],
    ["sesame \t\n", "sesame \t"],
    ["\nsesame\r", "\nsesame\r"],
    ["sésame\0日本\n", "sésame\0日本"],
    ["ses\ufeffame", "ses\ufeffame"],
  ];
  for (const [content, password] of cases) {
    await using file = await fileOf(content);
    assertEquals(await readPassword(file.path, "--password-file"), password);
  }
});

Deno.test("what can't be a password is refused, and not quoted", async () => {
  const cases: [string | number[], string][] = [
    ["", "is empty"],
    ["\r\n", "is empty"],
    [[0xef, 0xbb, 0xbf, 0x61], "byte order mark"],
    [[0xff, 0xfe, 0x61, 0x00], "byte order mark"],
    [[0xfe, 0xff, 0x00, 0x61], "byte order mark"],
    [[0x68, 0x69, 0x64, 0x64, 0x65, 0x6e, 0xe9], "is not UTF-8"],
    [[0x61, 0xed, 0xa0, 0x80], "is not UTF-8"],
    ["hidden".repeat(100_000), "too long"],
  ];
  for (const [content, message] of cases) {
    await using file = await fileOf(content);
    const error = await assertRejects(
      () => readPassword(file.path, "--password-file"),
      UsageError,
      message,
    );
    assertEquals(error.message.includes("hidden"), false);
    assertEquals(error.message.includes(file.path), true);
  }
});

Deno.test("files that are of no use are named with their option", async () => {
  await using key = await fileOf("no key");
  await using pem = await fileOf("-----BEGIN CERTIFICATE-----\n");
  const cases: [Record<string, string>, string][] = [
    [{ "password-file": `${key.path}.no` }, "--password-file"],
    [{ "password-file": "/" }, "is a directory"],
    [{ "ca-cert": `${key.path}.no` }, "--ca-cert"],
    [{ "ca-cert": key.path }, "is not PEM"],
    [{ cert: pem.path }, "--cert without --key"],
    [{ key: pem.path }, "--key without --cert"],
    [{ "ca-cert": "-", "password-file": "-" }, "one file only"],
  ];
  for (const [options, message] of cases) {
    await assertRejects(
      () => readCredentials(new Arguments(options)),
      UsageError,
      message,
    );
  }
});

Deno.test("only what is given is said of the connection", async () => {
  await using pem = await fileOf("-----BEGIN CERTIFICATE-----\n");
  await using password = await fileOf("sesame\n");
  assertEquals(await readCredentials(new Arguments({})), {});
  const given = new Arguments({
    username: "me",
    "password-file": password.path,
    "ca-cert": pem.path,
  });
  assertEquals(await readCredentials(given), {
    username: "me",
    password: "sesame",
    tls: { caCerts: ["-----BEGIN CERTIFICATE-----\n"] },
  });
});

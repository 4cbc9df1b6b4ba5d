/**
 * A role that says which permissions it has, and then repeats each line that it
 * is sent: the test of how roles are run.
 *
 * @module
 */

const permissions = await Promise.all(
  (["net", "env", "read"] as const).map(async (name) =>
    [name, (await Deno.permissions.query({ name })).state] as const
  ),
);
console.log(
  JSON.stringify({
    args: Deno.args,
    permissions: Object.fromEntries(permissions),
  }),
);
for await (
  const text of Deno.stdin.readable.pipeThrough(new TextDecoderStream())
) {
  for (const line of text.split("\n").filter(Boolean)) console.log(line);
}

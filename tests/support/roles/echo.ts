/**
 * A role that prints its permissions, and then repeats each line of its input:
 * for the test of roles.
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

import { assertEquals } from "@std/assert";
import {
  type BrokerCommand,
  CommandTable,
} from "../../src/broker/commands/command_table.ts";

const encoder = new TextEncoder();

function table(...names: string[]): CommandTable {
  return new CommandTable(
    names.map((name): BrokerCommand => ({ name, arity: 1 })),
  );
}

Deno.test("a command is found in any case, and by its whole name only", () => {
  const commands = table("publish", "psubscribe", "ping", "echo");
  const find = (name: string) => commands.find(encoder.encode(name))?.name;
  assertEquals(find("publish"), "publish");
  assertEquals(find("PubLISH"), "publish");
  assertEquals(find("PING"), "ping");
  for (const other of ["", "pin", "pings", "p\x49ng\0", "0ing", "\x10ing"]) {
    assertEquals(find(other), undefined);
  }
});

Deno.test("a subcommand is found by what follows the bar", () => {
  const commands = table("client|no-evict", "client|id");
  assertEquals(
    commands.find(encoder.encode("NO-EVICT"))?.name,
    "client|no-evict",
  );
  // Only letters have another case: CR differs from "-" as A does from a.
  assertEquals(commands.find(encoder.encode("NO\rEVICT")), undefined);
  assertEquals(commands.find(encoder.encode("client|id")), undefined);
  assertEquals(commands.size, 2);
});

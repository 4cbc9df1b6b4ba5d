import { assertEquals } from "@std/assert";
import { peerName, peerNames } from "../../../src/cli/output/peer_name.ts";

const A = "8e4a6c0a-1f0e-4a5b-9d3e-2a9f1c0b7d65";
const B = "00000000-1f0e-4a5b-9d3e-2a9f1c0b7d65";

Deno.test("ids are named by what stands before their UUID", () => {
  assertEquals(peerName(`node-7-${A}-resp`), "node-7");
  assertEquals(peerName(`fio-${A}`), "fio");
  assertEquals(peerName("by hand"), "by hand");
  assertEquals(peerName(`-${A}`), `-${A}`);
});

Deno.test("ids of one name are named in full", () => {
  const ids = [`a-${A}-resp`, `a-${B}-resp`, `b-${A}-resp`];
  assertEquals(ids.map(peerNames(ids)), [ids[0], ids[1], "b"]);
  assertEquals(peerNames([ids[0]!, ids[0]!])(ids[0]!), "a");
});

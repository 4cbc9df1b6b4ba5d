import { assertEquals } from "@std/assert";
import { peerName } from "../../../src/protocol/peer_name.ts";
import {
  peerNames,
  shortPeerNames,
} from "../../../src/cli/output/peer_name.ts";

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

Deno.test("names are shown without the part that is the same in all", () => {
  const cases: [string[], string[]][] = [
    [["node-1", "node-2", "node-10"], ["…1", "…2", "…10"]],
    [["vm12", "vm13"], ["…12", "…13"]], // numbers stay whole
    [["vm1", "vm12"], ["…1", "…12"]],
    [["run-7-alpha", "run-7-atlas"], ["…alpha", "…atlas"]], // and so do words
    [["a.lab.example", "b.lab.example"], ["a…", "b…"]],
    [["n1.lab", "n2.lab"], ["…1…", "…2…"]],
    [["node", "node-2"], ["node", "node-2"]], // nothing would be left of one
    [["alpha", "beta"], ["alpha", "beta"]],
    [["alone"], ["alone"]],
  ];
  for (const [names, short] of cases) {
    const ids = names.map((name) => `${name}-${A}-resp`);
    assertEquals(ids.map(shortPeerNames(ids)), short);
  }
  const twins = [`a-${A}-resp`, `a-${B}-resp`];
  assertEquals(
    twins.map(shortPeerNames(twins)),
    ["…8e4a6c0a…", "…00000000…"],
  );
  assertEquals(shortPeerNames(twins)("stranger"), "stranger");
});

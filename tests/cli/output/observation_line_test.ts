import { assertEquals } from "@std/assert";
import { observationLine } from "../../../src/cli/output/observation_line.ts";
import type { Response } from "../../../src/protocol/response/response.ts";

const UUID = "8e4a6c0a-1f0e-4a5b-9d3e-2a9f1c0b7d65";

function textOf(response: Partial<Response>): string {
  const observation = {
    kind: "response",
    time: 0,
    response: {
      responderId: `node-7-${UUID}-resp`,
      publisherId: `fio-${UUID}`,
      event: "start",
      ...response,
    },
  } as const;
  return observationLine(observation, 1_000).render(false).replace(
    /^.*? {4}/,
    "",
  ).trim();
}

Deno.test("an answer says how it went, and a sign of life what it is", () => {
  const cases: [Partial<Response>, string][] = [
    [{ ras: 1, message: "warm" }, "node-7 to fio start: ok warm"],
    [{ ras: 0 }, "node-7 to fio start: failed (0)"],
    [{ message: "50 %" }, "node-7 to fio start: is at work 50 %"],
    [{ event: "initialization" }, "node-7 to fio initialization: joins"],
    [{ event: "_ss", extension: { leave: true } }, "node-7 to fio: leaves"],
    [{ event: "_ss", extension: { back: true } }, "node-7 to fio: is back"],
    [{ event: "_ss", extension: {} }, "node-7 to fio: is there"],
  ];
  for (const [response, text] of cases) {
    assertEquals(textOf(response).replace(/^.*(?=node-7)/, ""), text);
  }
});

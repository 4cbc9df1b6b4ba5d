import { assertEquals } from "@std/assert";
import { PublishResult } from "../../../src/signals/exporter/publish_result.ts";

Deno.test("a result written as JSON keeps acknowledgements and missing subscribers", () => {
  const result = new PublishResult({
    code: 2,
    ok: false,
    waited: true,
    acks: new Map([
      ["vm-1", { name: "vm", ras: 1, message: "done", latency: 3 }],
    ]),
    missing: new Map([["__proto__", "lost"]]),
    messages: { "vm-1": "done" },
    receivers: undefined,
    elapsed: 20,
  });
  assertEquals(
    JSON.stringify(result),
    '{"code":2,"ok":false,"waited":true,"acks":{"vm-1":{"name":"vm","ras":1,"message":"done","latency":3}},"missing":{"__proto__":"lost"},"messages":{"vm-1":"done"},"elapsed":20}',
  );
});

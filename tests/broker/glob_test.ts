import { assert, assertEquals } from "@std/assert";
import { globMatches } from "../../src/broker/hub/glob.ts";
import { withRandom } from "../support/random.ts";
import { needsRedis } from "../support/redis_binary.ts";
import { RedisServer } from "../support/redis_server.ts";
import { RawClient } from "./raw_client.ts";

const CASES: readonly [
  pattern: string,
  matching: string[],
  others: string[],
][] = [
  ["abc", ["abc"], ["", "ab", "abcd", "ABC"]],
  ["*", ["a", "abc", "\xff\0\n"], []],
  ["a*", ["a", "ab", "a*"], ["", "ba"]],
  ["*a", ["a", "ba", "aaa"], ["", "ab"]],
  ["a*b*c", ["abc", "a--b--c", "abcbc"], ["abcb", "acb"]],
  ["**a**", ["a", "bab"], ["b"]],
  ["h?llo", ["hello", "h\nllo"], ["hllo", "heello"]],
  ["???", ["abc"], ["ab", "abcd"]],
  ["h[ae]llo", ["hello", "hallo"], ["hillo", "hllo", "h[ae]llo"]],
  ["h[^e]llo", ["hallo", "h^llo"], ["hello", "hllo"]],
  ["[a-c]", ["a", "b", "c"], ["d", "-", ""]],
  ["[c-a]", ["a", "b", "c"], ["d", "-"]],
  ["[a-]", ["a", "]", "_"], ["b", "-"]],
  ["[]a]", [], ["a", "]", "]a]"]],
  ["[^]", ["a", "^"], ["", "aa"]],
  ["[\\]]", ["]"], ["\\", "a"]],
  ["[\\^a]", ["^", "a"], ["b", "\\"]],
  ["[abc", ["a", "c"], ["d", "[abc"]],
  ["[", [], ["", "["]],
  ["\\*", ["*"], ["a", "\\*"]],
  ["a\\?b", ["a?b"], ["acb", "a\\?b"]],
  ["\\[a]", ["[a]"], ["a"]],
  ["a\\", ["a\\"], ["a", "a\\\\"]],
  ["\\a", ["a"], ["\\a"]],
  ["[\x80-\xff]", ["\x80", "\xe9", "\xff"], ["\x7f", "a"]],
];

for (const [pattern, matching, others] of CASES) {
  Deno.test(`${JSON.stringify(pattern)} matches what it does in Redis`, () => {
    for (const text of matching) {
      assert(globMatches(pattern, text), JSON.stringify(text));
    }
    for (const text of others) {
      assert(!globMatches(pattern, text), JSON.stringify(text));
    }
  });
}

Deno.test("many stars do not multiply the time", () => {
  const pattern = "*a".repeat(500) + "*b";
  const started = performance.now();
  assertEquals(globMatches(pattern, "a".repeat(100_000)), false);
  assert(performance.now() - started < 5_000);
});

Deno.test("the longest names that the broker takes are matched in no time", () => {
  const pattern = `*${"a".repeat(511)}b*`;
  const started = performance.now();
  assertEquals(globMatches(pattern, "a".repeat(1024)), false);
  assert(performance.now() - started < 1_000);
});

Deno.test({
  name: "random patterns match what they match in Redis",
  ...needsRedis("glob patterns against those of Redis"),
  async fn() {
    await using redis = await RedisServer.start();
    using client = await RawClient.connect(redis.port);
    await client.send("HELLO", "3");
    await client.readThrough("modules\r\n*0\r\n");
    await withRandom(async (random) => {
      const text = (symbols: string, min: number, max: number): string =>
        Array.from(
          { length: random.int(min, max) },
          () => random.pick([...symbols]),
        ).join("");
      for (let round = 0; round < 500; round++) {
        const pattern = text("aabb**?[]^-\\c", 0, 10);
        await client.send("PSUBSCRIBE", pattern);
        const channels = Array.from(
          { length: 20 },
          () => text("aabbc-]^\\", 1, 6),
        );
        for (const channel of channels) {
          await client.send("PUBLISH", channel, "");
        }
        await client.send("PUNSUBSCRIBE", pattern);
        const seen = await client.readThrough(
          `>3\r\n$12\r\npunsubscribe\r\n$${pattern.length}\r\n${pattern}\r\n:0\r\n`,
        );
        const counts = [...seen.matchAll(/(?<=\n):(\d)\r\n/g)].map((match) =>
          match[1] === "1"
        );
        assertEquals(
          counts.slice(1, -1),
          channels.map((channel) => globMatches(pattern, channel)),
          `${JSON.stringify(pattern)} and ${JSON.stringify(channels)}`,
        );
      }
    });
  },
});

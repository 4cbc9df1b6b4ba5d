import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { toHtml } from "../../../src/cli/timeline/html.ts";
import { RecordingScript } from "./world.ts";

const html = await toHtml(
  new RecordingScript().signal(1, "fio", "</script>").build(),
  `<"title"> & 'more'`,
);
const [, script = ""] = /<script>([^]*)<\/script>/.exec(html) ?? [];
const [, style = ""] = /<style>([^]*)<\/style>/.exec(html) ?? [];

Deno.test("the policy allows this script and this style, and nothing else", async () => {
  const [, policy = ""] = /Content-Security-Policy" content="([^"]*)"/
    .exec(html) ?? [];
  const hash = async (text: string) => {
    const bytes = new TextEncoder().encode(text);
    const digest = await crypto.subtle.digest("SHA-256", bytes);
    return `'sha256-${new Uint8Array(digest).toBase64()}'`;
  };
  assertEquals(policy.split("; ").toSorted(), [
    "base-uri 'none'",
    "default-src 'none'",
    "form-action 'none'",
    `script-src ${await hash(script)}`,
    `style-src ${await hash(style)}`,
  ]);
});

Deno.test("the page needs nothing from elsewhere", () => {
  assertEquals(html.match(/(src|href)=/g), null);
  assert(!/https?:|@import|url\(/.test(style + script));
});

Deno.test("a title and a recording can't leave their places", () => {
  assertStringIncludes(html, "&#60;&#34;title&#34;&#62; &#38; &#39;more&#39;");
  const [, data = ""] = /id="data"[^>]*>([^<]*)<\/script>/.exec(html) ?? [];
  assertEquals(JSON.parse(data).lanes[0].signals[0].event, "</script>");
});

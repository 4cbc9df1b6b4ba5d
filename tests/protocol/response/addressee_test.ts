import { assert } from "@std/assert";
import { isForAnother } from "../../../src/protocol/response/addressee.ts";

Deno.test("a response to another publisher is recognised by its text; any other payload is not", () => {
  const uuid = "0b0f3c1e-6d5a-4c5e-9f0e-0c6d5a1b2c3d";
  const other = "11111111-6d5a-4c5e-9f0e-0c6d5a1b2c3d";
  const names = ["fio", 'quoted " and \\', "größer", "tab\t", "a/b & c", ""];
  for (const name of names) {
    const id = `${name}-${uuid}`;
    const forms = (publisher_id: string, responder_id = "r-1") => {
      const record = { responder_id, publisher_id, event: "e", ras: 1 };
      const compact = JSON.stringify(record);
      const turned = JSON.stringify({ publisher_id, responder_id, event: "e" });
      return [
        compact,
        turned,
        compact.replaceAll('":', '": ').replaceAll(',"', ', "'),
        compact.replace(
          /[^ -~]/g,
          (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
        ),
        compact.replaceAll("/", "\\/").replaceAll("&", "\\u0026"),
        `  ${compact}`.trimStart(),
      ];
    };
    for (const responder of ["r-1", 'r"\\', "ü", id]) {
      for (const text of forms(id, responder)) {
        assert(!isForAnother(text, uuid), text);
      }
    }
    for (const text of [...forms(`fio-${other}`), ...forms("x")]) {
      assert(isForAnother(text, uuid), text);
    }
    for (const text of ["", "1", "null", "{}", '"publisher_id"', "[{}]"]) {
      assert(!isForAnother(text, uuid), text);
    }
  }
});

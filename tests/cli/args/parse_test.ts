import { assertEquals } from "@std/assert";
import { COMMANDS } from "../../../src/cli/commands/commands.ts";
import { COMMON_OPTIONS } from "../../../src/cli/args/options.ts";
import { readCall } from "../../../src/cli/args/parse.ts";

/** What a call is taken for, in short. */
function read(...words: string[]): unknown {
  const { command, demand } = readCall(words, COMMANDS);
  return demand.type === "wrong"
    ? demand.error.message
    : [command?.name, demand.type];
}

function argsOf(...words: string[]) {
  const { demand } = readCall(words, COMMANDS);
  if (demand.type !== "run") throw new Error(`It is ${demand.type}`);
  return demand.args;
}

Deno.test("options may stand before the command, between and behind", () => {
  for (
    const words of [
      ["--redis", "redis://a", "--json", "publish", "fio", "start", "--tag=t"],
      ["publish", "--redis=redis://a", "fio", "--tag", "t", "--json", "start"],
      ["--tag=t", "publish", "fio", "--json", "start", "--redis", "redis://a"],
    ]
  ) {
    const args = argsOf(...words);
    assertEquals(
      [args.text("redis"), args.text("tag"), args.flag("json")],
      ["redis://a", "t", true],
    );
    assertEquals([args.positional(0), args.positional(1)], ["fio", "start"]);
  }
});

Deno.test("the value of an option is no command, whatever it says", () => {
  assertEquals(read("--redis", "publish", "listen"), ["listen", "run"]);
  assertEquals(read("--tag", "help", "listen"), ["listen", "run"]);
});

Deno.test("what follows -- belongs to the command of run, whatever it is", () => {
  const args = argsOf("--json", "run", "fio", "--", "ls", "--help", "--", "-q");
  assertEquals(args.command, ["ls", "--help", "--", "-q"]);
  assertEquals([args.flag("quiet"), args.flag("json")], [false, true]);
  assertEquals(read("--", "run", "fio"), "A command is missing");
});

Deno.test("help and the version are asked for by words and by options", () => {
  const cases: [string[], unknown][] = [
    [["help"], [undefined, "help"]],
    [["--json", "help"], [undefined, "help"]],
    [["help", "run"], ["run", "help"]],
    [["help", "--json", "run"], ["run", "help"]],
    [["--help", "run"], ["run", "help"]],
    [["run", "-h"], ["run", "help"]],
    [["-V"], [undefined, "version"]],
    [["--version", "run"], ["run", "version"]],
    [["help", "rnu"], 'There is no command "rnu": did you mean run?'],
  ];
  for (const [words, wanted] of cases) assertEquals(read(...words), wanted);
});

Deno.test("what is wrong with an option is said", () => {
  const cases: [string[], string][] = [
    [["publsh"], 'There is no command "publsh": did you mean publish?'],
    [["hlep"], 'There is no command "hlep": did you mean help?'],
    [["--jsn", "ps"], "Unknown option '--jsn': did you mean --json?"],
    [["ps", "--jsn"], "Unknown option '--jsn': did you mean --json?"],
    [["ps", "--tga=x"], "Unknown option '--tga': did you mean --tag?"],
    [
      ["publish", "--wait"],
      "Unknown option '--wait': did you mean --wait-for or --wait-timeout?",
    ],
    [["ps", "--exec", "true"], "Unknown option '--exec'"],
    [["ps", "-x"], "Unknown option '-x'"],
    [["ps", "--constructor"], "Unknown option '--constructor'"],
    [["ps", "--json=yes"], "Option '--json' takes no value"],
    [["ps", "--tag"], "Option '--tag' needs a value"],
    [
      ["ps", "--tag", "--json"],
      "Option '--tag' needs a value: one that begins with a dash is given as --tag=--json",
    ],
  ];
  for (const [words, message] of cases) assertEquals(read(...words), message);
});

Deno.test("values may be empty, negative, or begin with a dash", () => {
  assertEquals(argsOf("ps", "--tag", "").text("tag"), "");
  assertEquals(argsOf("ps", "--tag=--x").text("tag"), "--x");
  const args = argsOf("publish", "fio", "start", "--sample", "-1");
  assertEquals(args.text("sample"), "-1");
});

Deno.test("a dash alone is a FILE, as an argument and as a value", () => {
  assertEquals(argsOf("record", "-").optionalPositional(0), "-");
  assertEquals(argsOf("timeline", "-", "--out", "-").text("out"), "-");
});

Deno.test("an option takes a value in all commands or in none", () => {
  const types = new Map<string, string>();
  for (const { options } of COMMANDS) {
    for (const [name, { type }] of Object.entries(options)) {
      assertEquals(types.get(name) ?? type, type, name);
      types.set(name, type);
      assertEquals(name in COMMON_OPTIONS, false, name);
    }
  }
});

import { assertEquals, assertStringIncludes } from "@std/assert";
import { fileURLToPath } from "node:url";

const SCENARIO = new URL("./scenario.ts", import.meta.url).href;

/** Runs a file of scenarios; the numbers in `expected` must be among them. */
async function run(
  scenarios: string,
  expected: string,
): Promise<{ code: number; output: string }> {
  const directory = await Deno.makeTempDir({ prefix: "faults-" });
  const file = `${directory}/scenarios_test.ts`;
  try {
    await Deno.writeTextFile(
      file,
      `import { scenario } from "${SCENARIO}";\n${scenarios}`,
    );
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "--quiet", "--allow-all", "--no-lock"],
        fileURLToPath(new URL("./run.ts", import.meta.url)),
        ...["--only", expected, file],
      ],
      env: { NO_COLOR: "1" },
    }).output();
    const decoder = new TextDecoder();
    return { code, output: decoder.decode(stdout) + decoder.decode(stderr) };
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

function reporting(number: number, tried: number, held: number): string {
  return `scenario(${number}, "It holds.", {}, async (report) => {
    report({ tried: ${tried}, held: ${held}, figure: "1 ms" });
  });\n`;
}

Deno.test("a run in which every scenario held passes", async () => {
  const { code, output } = await run(
    reporting(1, 5, 5) + reporting(2, 3, 3),
    "1,2",
  );
  assertEquals(code, 0, output);
  assertStringIncludes(output, " 1   5/5  It holds.\n            1 ms");
  assertStringIncludes(output, " 2   3/3  It holds.\n            1 ms");
});

Deno.test("a run in which a scenario did not hold, is missing or was never tried fails", async () => {
  const { code, output } = await run(
    reporting(1, 5, 4) + reporting(3, 0, 0),
    "1,2,3",
  );
  assertEquals(code, 1);
  assertStringIncludes(output, "Scenario 1 did not hold: 4/5");
  assertStringIncludes(output, "Scenario 2 is missing");
  assertStringIncludes(output, "Scenario 3 did not hold: 0/0");
});

Deno.test("a run in which a scenario throws or does not report fails", async () => {
  const { code, output } = await run(
    `scenario(1, "It throws.", {}, () => Promise.reject(new Error("broken")));
     scenario(2, "It is silent.", {}, () => Promise.resolve());`,
    "1,2",
  );
  assertEquals(code, 1);
  assertStringIncludes(output, "Scenario 1 is missing");
  assertStringIncludes(output, "Scenario 2 is missing");
});

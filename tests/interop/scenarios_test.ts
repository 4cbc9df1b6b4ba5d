import { assertEquals } from "@std/assert";
import { needsPython } from "../support/python_peer.ts";
import { BY_HAND } from "./by_hand.ts";
import { type Outcomes, play, type Roster, type Scenario } from "./ensemble.ts";
import { LIFECYCLE } from "./lifecycle.ts";
import { LOCKS } from "./locks.ts";
import { REFERENCE_SERVER, SERVERS } from "./servers.ts";

const ALL_PYTHON: Roster = {
  name: "all Python",
  exporter: "python",
  responders: ["python", "python", "python"],
};

const ROSTERS: readonly Roster[] = [
  {
    name: "our exporter, Python's responders",
    exporter: "ours",
    responders: ["python", "python", "python"],
  },
  {
    name: "Python's exporter, our responders",
    exporter: "python",
    responders: ["ours", "ours", "ours"],
  },
  {
    name: "our exporter, mixed responders",
    exporter: "ours",
    responders: ["python", "ours", "python"],
  },
  {
    name: "Python's exporter, mixed responders",
    exporter: "python",
    responders: ["ours", "python", "ours"],
  },
  {
    name: "all ours",
    exporter: "ours",
    responders: ["ours", "ours", "ours"],
  },
];

const ignorePython = needsPython("Scenarios shared with Python").ignore;
const references = new Map<Scenario, Promise<Outcomes>>();

/** The outcomes of an all-Python run, which is made once. */
function reference(scenario: Scenario): Promise<Outcomes> {
  let outcomes = references.get(scenario);
  outcomes ??= play(scenario, ALL_PYTHON, REFERENCE_SERVER);
  references.set(scenario, outcomes);
  return outcomes;
}

const SCENARIOS = [LIFECYCLE, LOCKS, BY_HAND];

for (const scenario of SCENARIOS) {
  for (const server of SERVERS) {
    Deno.test({
      name:
        `${scenario.name} has the same outcomes for every roster, over ${server.name}`,
      ignore: ignorePython || server.ignore,
      async fn() {
        const rosters = server === REFERENCE_SERVER
          ? ROSTERS
          : [ALL_PYTHON, ...ROSTERS];
        const expected = reference(scenario);
        const runs = rosters.map((roster) => play(scenario, roster, server));
        // All runs must end before the next test begins, even if one fails.
        await Promise.allSettled([expected, ...runs]);
        for (const [index, { name }] of rosters.entries()) {
          assertEquals(await runs[index], await expected, name);
        }
      },
    });
  }
}

Deno.test({
  name: "an all-Python run returns the codes of the protocol",
  ignore: ignorePython,
  async fn() {
    const runs = await Promise.all(SCENARIOS.map(reference));
    for (const [index, { codes, name }] of SCENARIOS.entries()) {
      const returned = runs[index]!.results.map((result) =>
        "code" in result ? result.code : "refused"
      );
      assertEquals(returned, codes, name);
    }
  },
});

/**
 * What `quiet` and the defaults cost a server, and how late they notice a loss:
 * each bound is computed from the intervals, and holds on a simulated network.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { SignalResponder } from "../../mod.ts";
import { QUIET, USUAL } from "../../src/internal/intervals.ts";
import { detectionTimes } from "../support/detection_times.ts";
import { SimulatedNetwork } from "../support/simulated_network.ts";
import {
  EXPORTER,
  SimulatedRun,
  simulateHour,
} from "../support/simulated_run.ts";

/** Milliseconds after the last signal at which something ends. */
const PHASES = [
  ...[0, 1, 90, 250, 777, 4_999, 12_345, 61_803, 149_999, 271_828],
  Math.round(Math.random() * 600_000),
];
/** Milliseconds by which timers are late, because each rounds up. */
const SLACK = 10;

/** Resolves with the time of the event. */
function timeOf(target: EventTarget, event: string): Promise<number> {
  return new Promise((resolve) =>
    target.addEventListener(event, () => resolve(performance.now()), {
      once: true,
    })
  );
}

for (const quiet of [false, true]) {
  const name = quiet ? "with quiet" : "by default";
  const most = detectionTimes(quiet ? QUIET : USUAL);

  for (const countSubscribers of [true, false]) {
    const options = { quiet, countSubscribers, responders: 2 };
    const where = countSubscribers ? "" : " and is not counted";
    const { subscriber, publisher } = countSubscribers
      ? most.counted
      : most.uncounted;

    Deno.test(`${name}, a subscriber that dies${where} is lost within ${subscriber} ms`, async () => {
      for (const phase of PHASES) {
        await using run = await SimulatedRun.begin({
          ...options,
          responders: 1,
        });
        const { network } = run;
        const publishing = run.publish();
        await network.pass(phase);
        const since = network.now;
        network.kill("responder-0");
        const { missing } = await network.finish(publishing, 2e6);
        const took = network.now - since;
        assertEquals([...missing.values()], ["lost"]);
        assert(took <= subscriber + SLACK, `after ${took} ms, at ${phase}`);
      }
    });

    Deno.test(`${name}, a publisher that dies${where} is lost within ${publisher} ms`, async () => {
      for (const phase of PHASES) {
        await using run = await SimulatedRun.begin(options);
        const { network, responders } = run;
        const lost = responders.map((each) => timeOf(each, "publisher-lost"));
        await network.pass(phase);
        const since = network.now;
        network.kill(EXPORTER);
        for (const at of await network.finish(Promise.all(lost), 2e6)) {
          const took = at - since;
          assert(took <= publisher + SLACK, `after ${took} ms, at ${phase}`);
        }
      }
    });
  }

  Deno.test(`${name}, a server that is cut off is noticed within ${most.server} ms`, async () => {
    for (const phase of PHASES) {
      await using run = await SimulatedRun.begin({ quiet });
      const { network, exporter, responders: [responder] } = run;
      const noticed = [exporter, responder!].map((each) =>
        timeOf(each, "disconnect")
      );
      await network.pass(phase);
      const since = network.now;
      for (const process of [EXPORTER, "responder-0"]) network.cut(process);
      for (const at of await network.finish(Promise.all(noticed))) {
        const took = at - since;
        assert(took <= most.server + SLACK, `after ${took} ms, at ${phase}`);
      }
    }
  });
}

for (const countSubscribers of [true, false]) {
  const where = countSubscribers ? "" : " where the server does not count";
  Deno.test(`with quiet, an hour of 30 responders takes 5,000 commands while a publish waits, 2,500 while idle${where}, and no peer is taken for lost`, async () => {
    const options = { quiet: true, countSubscribers };
    const waiting = await simulateHour("waiting", options);
    const idle = await simulateHour("idle", options);
    assert(waiting.total <= 5_000, `${waiting.total} commands while it waits`);
    assert(idle.total <= 2_500, `${idle.total} commands while it is idle`);
  });
}

Deno.test("a link on which messages arrive is sent no PING, and traffic takes the place of no ROLE", async () => {
  await using run = await SimulatedRun.begin({});
  const { network, exporter } = run;
  const sent: string[] = [];
  network.heard = (command, process) => {
    if (process === EXPORTER) sent.push(command);
  };
  for (let n = 0; n < 600; n++) {
    await network.finish(exporter.publishSignal("ready"));
    await network.pass(1_000);
  }
  const count = (command: string) =>
    sent.filter((each) => each === command).length;
  assertEquals([count("PUBLISH"), count("PING")], [600, 0]);
  assert(count("ROLE") >= 40, `${count("ROLE")} times ROLE`);
});

Deno.test("a pingInterval that is given counts more than quiet", async () => {
  await using network = new SimulatedNetwork();
  const redis = { url: network.url("responder"), pingInterval: 10_000 };
  const responder = await network.finish(
    SignalResponder.connect({ redis, quiet: true }),
  );
  await network.pass(100_500);
  assertEquals(network.commands.get("ROLE"), 10);
  await network.finish(responder.close());
});

Deno.test("with quiet, the role of the server is asked every 25 s while a publish waits", async () => {
  const most = detectionTimes(QUIET).replica.waiting;
  assertEquals(most, 25_000);
  await using run = await SimulatedRun.begin({ quiet: true });
  const { network } = run;
  const asked: number[] = [];
  network.heard = (command, process) => {
    if (process === EXPORTER && command === "ROLE") asked.push(network.now);
  };
  run.publish();
  asked.push(network.now);
  await network.pass(600_000);
  const gaps = asked.slice(1).map((at, n) => at - asked[n]!);
  assert(gaps.length >= 20 && Math.max(...gaps) <= most + SLACK, `${gaps}`);
});

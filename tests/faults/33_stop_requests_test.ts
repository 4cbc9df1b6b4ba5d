/**
 * Links that are cut while a responder asks an exporter to stop.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { publisherInbox } from "../../src/protocol/extension/own_channels.ts";
import type { FaultProxy } from "../support/fault_proxy.ts";
import { needsRedis } from "../support/redis_binary.ts";
import { joinOnly } from "../support/stage.ts";
import { until } from "../support/wait.ts";
import { LinkStage } from "./link_stage.ts";
import { percentiles, scenario } from "./scenario.ts";
import { Tally } from "./tally.ts";

const ROUNDS = 8;

/** Where the link of a peer is cut: behind these bytes. */
interface Cut {
  readonly what: string;
  readonly peer: "asker" | "exporter";
  readonly direction: "toServer" | "toClient";
  /** What the bytes contain. */
  readonly sign: (reason: string) => string;
}

const CUTS: readonly Cut[] = [
  {
    what: "the request's reply is lost",
    peer: "asker",
    direction: "toServer",
    sign: (reason) => reason,
  },
  {
    what: "the request arrives, then the exporter's link is cut",
    peer: "exporter",
    direction: "toClient",
    sign: (reason) => reason,
  },
  {
    what: "the receipt is sent, its reply is lost",
    peer: "exporter",
    direction: "toServer",
    sign: () => '"heard":',
  },
  {
    what: "the receipt arrives, then the asker's link is cut",
    peer: "asker",
    direction: "toClient",
    sign: () => '"heard":',
  },
];

scenario(
  33,
  "a request to stop over a link that is cut is confirmed within 15 s, and becomes one event",
  { needs: needsRedis("Requests to stop over links that are cut are") },
  async (report) => {
    const tally = new Tally();
    const took: number[] = [];
    await using stage = await LinkStage.open();
    await Promise.all(CUTS.map(async (cut) => {
      const exporter = await stage.exporter();
      const asker = await stage.responder(joinOnly);
      const { publisherId } = exporter.party;
      const heard: string[] = [];
      exporter.party.addEventListener(
        "stop-requested",
        ({ detail }) => heard.push(detail.reason),
      );
      await exporter.party.initialize(["start"]);
      const proxy: FaultProxy = { asker, exporter }[cut.peer].proxy;
      const reasons = Array.from({ length: ROUNDS }, (_, n) => `reason ${n};`);
      for (const reason of reasons) {
        await tally.try(`${cut.what}, ${reason}`, async () => {
          const isCut = proxy.cutAfter(
            cut.direction,
            (bytes) => bytes.includes(cut.sign(reason)),
          );
          const since = performance.now();
          await asker.party.requestStop(publisherId, reason, {
            timeout: 15_000,
          });
          took.push(performance.now() - since);
          await isCut;
          await stage.subscribers(publisherInbox(publisherId), 1);
          assertEquals(heard.filter((each) => each === reason), [reason]);
        });
      }
      await until(() => heard.length >= ROUNDS, { what: "every event" });
      await tally.try(`${cut.what}, all`, () => {
        assertEquals(heard, reasons);
        return Promise.resolve();
      });
    }));
    report(tally.findings(percentiles(took)));
  },
);

/** What a call of a barrier says and takes in a cluster, on a transport that a test controls. */
import { assertEquals, assertRejects } from "@std/assert";
import { delay } from "../../../src/internal/timer.ts";
import { leveledLogger } from "../../../src/internal/logger.ts";
import { BarrierCall } from "../../../src/signals/barrier/call.ts";
import type {
  Decision,
  Failure,
} from "../../../src/signals/barrier/decision.ts";
import {
  type BarrierMessage,
  type Claim,
  parseBarrierMessage,
} from "../../../src/signals/barrier/message.ts";
import { barrierTerms } from "../../../src/signals/barrier/options.ts";
import { FakeTransport } from "../../support/fake_transport.ts";
import { until } from "../../support/wait.ts";

const CHANNEL = "state-signals:barrier:warm";

/** A transport in a cluster. */
class ClusterTransport extends FakeTransport {
  readonly mode = "cluster";
  node: string | null = "one";

  get said(): BarrierMessage[] {
    return this.published.map(({ payload }) => parseBarrierMessage(payload)!);
  }

  /** Delivers what a call said, as from this node. */
  deliverAt(node: string, { round, ...message }: BarrierMessage): void {
    const [base] = round.split("@");
    const payload = { v: 1, ...message, round: `${base}@${node}` };
    this.deliverOn(CHANNEL, JSON.stringify(payload));
  }

  /** Loses the link, which comes back at this node. */
  moveTo(node: string): void {
    this.change({ state: "down", cause: new Error("it moved") });
    this.node = node;
    this.change({ state: "up", downtime: 1 });
  }

  async says(
    kind: BarrierMessage["kind"],
    count = 1,
  ): Promise<BarrierMessage> {
    return await until(
      () => this.said.filter((each) => each.kind === kind)[count - 1],
      { what: `"${kind}", ${count} times` },
    );
  }
}

/** Another party, which has arrived. */
const OTHER: BarrierMessage = {
  kind: "arrive",
  round: "0:2",
  mid: "you/1",
  id: "you",
  party: "you",
};

/** Begins a call of a barrier of two, and waits until it has said what it says first. */
async function begin(
  transport: ClusterTransport,
): Promise<{ decided: Promise<Decision>; arrive: BarrierMessage }> {
  const terms = await barrierTerms("warm", { parties: 2, timeout: 30_000 });
  const log = leveledLogger(undefined, "CRITICAL");
  const call = new BarrierCall("me", terms, transport, log);
  const decided = call.run();
  return { decided, arrive: await transport.says("arrive") };
}

Deno.test("in a cluster a call says at which node it speaks, and passes over what other nodes carry", async () => {
  const transport = new ClusterTransport();
  const { decided, arrive } = await begin(transport);
  assertEquals(arrive.round, "0:2@one");
  transport.deliverAt("one", arrive);
  transport.deliverAt("two", OTHER);
  transport.deliverAt("one", { ...OTHER, mid: "him/1", id: "him", party: "b" });
  const open = await transport.says("open");
  const { members } = open as Claim;
  assertEquals(members.map(([id]) => id).toSorted(), ["him", "me"]);
  transport.deliverAt("two", open);
  transport.deliverAt("one", open);
  assertEquals((await decided).kind, "opened");
});

Deno.test("a call says nothing while its connections lead to different nodes", async () => {
  const transport = new ClusterTransport();
  transport.node = null;
  const beginning = begin(transport);
  await delay(200);
  assertEquals(transport.said, []);
  transport.node = "one";
  const { decided, arrive } = await beginning;
  transport.deliverAt("one", arrive);
  transport.node = "two"; // only the connection that publishes
  transport.deliverAt("one", OTHER);
  await delay(200);
  assertEquals(transport.said.map(({ kind }) => kind), ["arrive"]);
  transport.node = "one";
  transport.deliverAt("one", await transport.says("open"));
  assertEquals((await decided).kind, "opened");
});

Deno.test("a call that is led to another node is in doubt there, and ends if it is led back", async () => {
  const transport = new ClusterTransport();
  const { decided, arrive } = await begin(transport);
  transport.deliverAt("one", arrive);
  transport.moveTo("two");
  assertEquals((await transport.says("back")).round, "0:2@two");
  transport.moveTo("two");
  await transport.says("back", 2);
  transport.moveTo("one");
  const { kind, unknown } = await decided as Failure;
  assertEquals([kind, unknown], ["failed", true]);
  const kinds = transport.said.map(({ kind }) => kind);
  assertEquals(kinds, ["arrive", "back", "back"], "it speaks there no more");
});

Deno.test("a transport in a cluster that keeps to no node is refused", async () => {
  const transport = new FakeTransport();
  const terms = await barrierTerms("warm", { parties: 2 });
  const log = leveledLogger(undefined, "CRITICAL");
  const call = new BarrierCall(
    "me",
    terms,
    Object.assign(transport, { mode: "cluster" as const }),
    log,
  );
  await assertRejects(() => call.run(), TypeError, "redis+cluster://");
});

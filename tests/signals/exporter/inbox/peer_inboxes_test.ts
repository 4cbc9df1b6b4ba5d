import { assertEquals, assertRejects } from "@std/assert";
import { encodePing } from "../../../../src/protocol/extension/extension.ts";
import {
  publisherInbox,
  responderInbox,
} from "../../../../src/protocol/extension/own_channels.ts";
import { PeerInboxes } from "../../../../src/signals/exporter/inbox/peer_inboxes.ts";
import { microtasks } from "../../../support/microtasks.ts";
import { INC, PublishingHalf } from "../parts.ts";

function fixture() {
  const half = new PublishingHalf("ours", "r");
  const logged: string[] = [];
  const log = (level: string) => (message: string) => {
    logged.push(`${level}: ${message}`);
  };
  const inboxes = new PeerInboxes(half.sender, half.roster, half.inFlight, {
    debug: log("debug"),
    info: log("info"),
    warn: log("warn"),
    error: log("error"),
  });
  return { half, inboxes, logged, transport: half.transport };
}

const OURS = { responderId: "ours", inc: INC };

Deno.test("an exporter that holds its inbox marks its tickets as alive and answers a ping with a pong", async () => {
  const { half, inboxes, transport } = fixture();
  const { publisherId } = half.sender.identity;
  await half.publish("before", { timeout: 0 });
  const unreadable: string[] = [];
  await inboxes.hold(
    (reason) => unreadable.push(reason),
    () => {},
  );
  await half.publish("after", { timeout: 0 });
  const alive = transport.published
    .filter(({ payload }) => payload.includes("_ss"))
    .map(({ payload }) => JSON.parse(payload).metadata._ss.alive);
  assertEquals(alive, [undefined, true]);
  const inbox = publisherInbox(publisherId);
  transport.deliverOn(inbox, encodePing({ id: "ours", inc: INC }));
  transport.deliverOn(inbox, encodePing({ id: "ours" }));
  transport.deliverOn(inbox, '{"_ss":');
  assertEquals(unreadable.length, 1);
  const { channel, payload } = transport.published.at(-1)!;
  assertEquals(channel, responderInbox("ours", INC));
  assertEquals(JSON.parse(payload), { _ss: { v: 2, pong: publisherId } });
  await inboxes.close();
  assertEquals(transport.channels, []);
});

Deno.test("a ping goes to the inbox of one process, and is rejected if it is not sent", async () => {
  const { half, inboxes, transport } = fixture();
  await inboxes.ping(OURS);
  const [{ channel, payload }] = transport.published.splice(0) as [
    typeof transport.published[number],
  ];
  assertEquals(channel, responderInbox("ours", INC));
  const { publisherId } = half.sender.identity;
  assertEquals(JSON.parse(payload), {
    _ss: { v: 2, ping: { id: publisherId } },
  });
  transport.confirming = false;
  const asking = inboxes.ping(OURS);
  transport.published[0]!.refuse("not-sent");
  await assertRejects(() => asking, Error, "not-sent");
});

Deno.test("a signal is redelivered only to a subscriber that owes a response and holds an inbox", async () => {
  const { half, inboxes, transport, logged } = fixture();
  const publishing = half.publish("start");
  transport.published.length = 0;
  transport.confirming = false;
  inboxes.redeliver("stranger");
  inboxes.redeliver();
  assertEquals(
    transport.published.map(({ channel }) => channel),
    [responderInbox("ours", INC)],
  );
  transport.published[0]!.refuse("unknown");
  await microtasks();
  assertEquals(logged, ["info: Could not redeliver to ours: It was unknown"]);
  half.answer("start", "ours", 1, "1");
  inboxes.redeliver();
  assertEquals(transport.published.length, 1);
  half.inFlight.stop("closed");
  await publishing;
});

Deno.test("a count during which the connection changes has no connection", async () => {
  const { inboxes, transport } = fixture();
  assertEquals(await inboxes.count([OURS]), { counts: [1], connection: 1 });
  transport.countSubscribers = () => {
    transport.connection = 2;
    return Promise.resolve([0]);
  };
  const { connection } = (await inboxes.count([OURS]))!;
  assertEquals(connection, undefined);
});

Deno.test("verify() ignores a transport without verification and a verification that fails", async () => {
  const { inboxes, transport } = fixture();
  inboxes.verify();
  const asked = Promise.withResolvers<void>();
  Object.assign(transport, {
    verify: () => {
      asked.resolve();
      return Promise.reject(new Error("it can't tell"));
    },
  });
  inboxes.verify();
  await asked.promise;
});

Deno.test("on a transport that throws synchronously, a ping is rejected and a redelivery is logged", async () => {
  const { half, inboxes, transport, logged } = fixture();
  const publishing = half.publish("start");
  transport.publish = () => {
    throw new Error("broken");
  };
  await assertRejects(() => inboxes.ping(OURS), Error, "broken");
  inboxes.redeliver();
  assertEquals(logged, ["info: Could not redeliver to ours: broken"]);
  half.inFlight.stop("closed");
  await publishing;
});

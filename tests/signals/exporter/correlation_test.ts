import { assertEquals } from "@std/assert";
import type { Response } from "../../../src/protocol/response/response.ts";
import { Correlation } from "../../../src/signals/exporter/correlation.ts";
import { Roster } from "../../../src/signals/exporter/roster.ts";

function rosterOf(...subscribers: string[]): Roster {
  const roster = new Roster();
  for (const id of subscribers) {
    roster.add(id);
    if (id.startsWith("ours")) roster.peer(id)!.learn({});
  }
  return roster;
}

function answerOf(responderId: string, event: string, ras?: number): Response {
  return {
    responderId,
    publisherId: "fio-1",
    event,
    ...(ras === undefined ? {} : { ras }),
  };
}

Deno.test("signals have tickets where somebody names them, each its own", () => {
  const roster = rosterOf("ours", "python");
  const correlation = new Correlation(roster, true);
  const tickets = [correlation.ticket()!, correlation.ticket()!];
  assertEquals(tickets.map(({ seq }) => seq), [1, 2]);
  assertEquals(new Set(tickets.map(({ id }) => id)).size, 2);
  roster.remove("ours");
  assertEquals(correlation.ticket(), undefined);
  assertEquals(new Correlation(rosterOf("ours"), false).ticket(), undefined);
});

Deno.test("tickets whose signals were not sent are given again, but for those behind one that was", () => {
  const correlation = new Correlation(rosterOf("ours"), true);
  const give = (count: number) =>
    Array.from({ length: count }, () => correlation.ticket()!);
  const [first, second, third] = give(3);
  correlation.withdraw(second!);
  assertEquals(give(1)[0]!.seq, 4);
  correlation.withdraw({ id: "4", seq: 4 });
  correlation.withdraw(first!);
  assertEquals(give(1)[0]!.seq, 4);
  for (const withdrawn of [third!, { id: "4", seq: 4 }]) {
    correlation.withdraw(withdrawn);
  }
  // Two, as it was when the fourth was given first, stays out.
  assertEquals(give(1)[0]!.seq, 3);
});

Deno.test("what was noted as missed can be taken back", () => {
  const roster = rosterOf("python", "other");
  const correlation = new Correlation(roster, true);
  correlation.missed("start", ["python", "other"]);
  correlation.missed("start", ["python"]);
  correlation.forgive("start", ["python", "other", "nobody"]);
  correlation.forgive("stop", ["python"]);
  assertEquals([...correlation.indebted("start")], ["python"]);
  correlation.forgive("start", ["python"]);
  assertEquals([...correlation.indebted("start")], []);
});

Deno.test("all can be told apart where everybody names tickets, and where nobody is", () => {
  const complete = (enabled: boolean, ...ids: string[]) =>
    new Correlation(rosterOf(...ids), enabled).complete;
  assertEquals(complete(true), true);
  assertEquals(complete(true, "ours 1", "ours 2"), true);
  assertEquals(complete(true, "ours", "python"), false);
  assertEquals(complete(false, "ours"), false);
  assertEquals(complete(false), false);
});

Deno.test("who names tickets has to name this one", () => {
  const correlation = new Correlation(rosterOf("ours", "python"), true);
  const ticket = correlation.ticket()!;
  assertEquals(correlation.claims("start", ticket), {
    ticket: ticket.id,
    correlating: new Set(["ours"]),
    debts: undefined,
  });
  assertEquals(correlation.claims("start", undefined), { debts: undefined });
});

Deno.test("who can't tell is in debt for each publish that it missed, by event", () => {
  const roster = rosterOf("ours", "python", "other");
  const correlation = new Correlation(roster, true);
  correlation.missed("start", ["ours", "python", "gone"]);
  correlation.missed("start", ["python"]);
  correlation.missed("stop", ["other"]);
  assertEquals(correlation.indebted("start"), new Set(["python"]));
  assertEquals(correlation.indebted("stop"), new Set(["other"]));
  assertEquals(
    correlation.claims("start", undefined).debts,
    new Map([["python", 2]]),
  );
});

Deno.test("a late answer pays one debt; a sign of progress pays none", () => {
  const correlation = new Correlation(rosterOf("python"), true);
  correlation.missed("start", ["python"]);
  correlation.missed("start", ["python"]);
  correlation.paid(answerOf("python", "start", 1));
  correlation.paid(answerOf("python", "start"));
  correlation.paid(answerOf("python", "stop", 1));
  correlation.paid(answerOf("stranger", "start", 1));
  assertEquals(
    correlation.claims("start", undefined).debts,
    new Map([["python", 1]]),
  );
  correlation.paid(answerOf("python", "start", 0));
  assertEquals(correlation.indebted("start").size, 0);
});

Deno.test("who has caught up with an event owes nothing for it any more", () => {
  const correlation = new Correlation(rosterOf("python"), true);
  correlation.missed("start", ["python"]);
  correlation.missed("stop", ["python"]);
  correlation.cleared("python", "start");
  correlation.cleared("stranger", "start");
  assertEquals(correlation.indebted("start").size, 0);
  assertEquals(correlation.indebted("stop").size, 1);
});

Deno.test("who turns out to name tickets is in debt no more", () => {
  const roster = rosterOf("expected");
  const correlation = new Correlation(roster, true);
  correlation.missed("start", ["expected"]);
  assertEquals(correlation.indebted("start").size, 1);
  roster.peer("expected")!.learn({});
  assertEquals(correlation.indebted("start").size, 0);
  const ticket = correlation.ticket()!;
  assertEquals(correlation.claims("start", ticket).debts, undefined);
});

Deno.test("where nothing is told, everybody can be in debt", () => {
  const correlation = new Correlation(rosterOf("ours"), false);
  correlation.missed("start", ["ours"]);
  assertEquals(correlation.indebted("start"), new Set(["ours"]));
});

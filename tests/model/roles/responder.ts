/**
 * A role: a responder of this module in one style of listening and answering,
 * in any mood. It says what it gets and what it does before it answers.
 *
 * @module
 */

import { SignalResponder } from "../../../mod.ts";
import type { HandlerContext, Signal } from "../../../mod.ts";
import { Random } from "../../support/random.ts";
import {
  commands,
  EVENTS,
  type Mood,
  type ResponderCommand,
  type ResponderStart,
} from "../commands.ts";
import { say } from "../lines.ts";
import { keepVigil, reportLink } from "./vigil.ts";

const start: ResponderStart = JSON.parse(Deno.args[0]!);
const { style, redis, id, heartbeatTimeout, countSubscribers, queueCapacity } =
  start;
const random = new Random(start.seed);
let mood: Mood = start.mood;
/** Ends the work that was begun in an earlier mood. */
let moodEnded = Promise.withResolvers<void>();
/** Whether an obedient responder still answers in its own style; by the signal otherwise. */
let isObedient = false;

keepVigil();
const responder = await SignalResponder.connect({
  redis,
  id,
  heartbeatTimeout,
  countSubscribers,
  queueCapacity,
  logLevel: "CRITICAL",
});
reportLink(responder);
responder.addEventListener(
  "publisher-lost",
  ({ detail }) =>
    say({ said: "publisher-lost", publisher: detail.publisherId }),
);
responder.addEventListener("gap", ({ detail: { missed, publisherId } }) => {
  if (missed === undefined || publisherId === undefined) return;
  say({ said: "gap", publisher: publisherId, missed });
});
say({ said: "ready", id: responder.responderId });
listen();
for await (const command of commands<ResponderCommand>()) obey(command);
// Whoever gave the commands is gone: it must not meet the next one on this port.
Deno.exit();

function obey(command: ResponderCommand): void {
  switch (command.do) {
    case "mood":
      mood = command.mood;
      isObedient = mood.work + mood.fail + mood.silence === 0;
      moodEnded.resolve();
      moodEnded = Promise.withResolvers();
      break;
    case "lockTag":
      return responder.lockTag(command.tag);
    case "lockId":
      return responder.lockId(command.id);
    case "unlock":
      return responder.unlock();
    case "close":
      responder.close().then(() => {
        say({ said: "closed" });
        Deno.exit();
      });
  }
}

function listen(): void {
  switch (style) {
    case "serve one":
      responder.serve({ "*": handle });
      return;
    case "serve many":
      responder.serve({ "*": handle }, { concurrency: 4 });
      return;
    case "serve by event":
      responder.serve(
        Object.fromEntries(EVENTS.map((event) => [event, handle])),
        { progressInterval: 100, unknown: "fail" },
      );
      return;
    case "anew":
      iterateAnew(work);
      return;
    case "concurrent":
      iterate((signal) => {
        work(signal);
        return Promise.resolve();
      });
      return;
    case "listeners":
      iterate(watch(1));
      iterate(work);
      iterate(watch(2));
      return;
    default:
      iterate(work);
  }
}

async function iterate(
  take: (signal: Signal) => Promise<void>,
): Promise<void> {
  for await (const signal of responder) await take(signal);
}

/** What comes between one loop and the next is kept for the next one. */
async function iterateAnew(
  take: (signal: Signal) => Promise<void>,
): Promise<never> {
  for (;;) {
    const ending = new AbortController();
    const last = random.int(1, 3);
    let count = 0;
    try {
      for await (const signal of responder.listen({ signal: ending.signal })) {
        await take(signal);
        if (++count < last) continue;
        if (random.chance(0.5)) break;
        ending.abort();
      }
    } catch (error) {
      if (!ending.signal.aborted) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, random.int(0, 20)));
  }
}

/** A listener that does not answer. */
function watch(listener: number): (signal: Signal) => Promise<void> {
  return ({ metadata }) => {
    if (metadata?.n !== undefined) {
      say({ said: "got", n: Number(metadata.n), listener });
    }
    return Promise.resolve();
  };
}

/** Acts on a signal, and answers it. */
async function work(signal: Signal): Promise<void> {
  const { event, publisherId, metadata } = signal;
  if (event === "shutdown") return;
  if (event === "initialization") {
    if (random.chance(mood.silence)) return;
    return await send(-1, () => responder.respond(signal), publisherId);
  }
  const n = Number(metadata!.n);
  say({ said: "got", n, listener: 0 });
  if (random.chance(mood.silence)) return;
  if (random.chance(mood.progress)) {
    await send(n, () => responder.respond(signal, { message: "at work" }));
  }
  await busy();
  const ras = random.chance(mood.fail) ? 0 : 1;
  const answer = { ras, message: messageOf(n) };
  say({ said: "acted", n, ras });
  await send(n, () => responder.respond(targetOf(signal), answer));
}

/** What a response names, by the style. */
function targetOf(
  signal: Signal,
): Signal | { publisherId: string; event: string } {
  const { publisherId, event } = signal;
  if (isObedient) return signal;
  if (style === "pair") return { publisherId, event };
  if (style !== "copy") return signal;
  return random.pick([
    { ...signal },
    structuredClone(signal),
    JSON.parse(JSON.stringify(signal)),
  ]);
}

/** As {@linkcode work}, for a service: its outcome is the answer. */
async function handle(
  { metadata }: Signal,
  { progress, signal: abandoned }: HandlerContext,
): Promise<string | void> {
  const n = Number(metadata!.n);
  say({ said: "got", n, listener: 0 });
  if (random.chance(mood.silence)) {
    const aborted = Promise.withResolvers<void>();
    abandoned.addEventListener("abort", () => aborted.resolve(), {
      once: true,
    });
    await Promise.race([aborted.promise, moodEnded.promise]);
  }
  if (random.chance(mood.progress)) await send(n, () => progress("at work"));
  await busy();
  const failed = random.chance(mood.fail);
  say({ said: "acted", n, ras: failed ? 0 : 1 });
  if (failed) throw new Error(`${n} ${start.process} failed`);
  return messageOf(n);
}

/** The number that the oracle holds against the result; none now and then. */
function messageOf(n: number): string | undefined {
  return random.chance(0.4) ? undefined : `${n} ${start.process}`;
}

/** Works for a while, or until the mood changes. */
async function busy(): Promise<void> {
  const ms = random.int(0, mood.work);
  if (ms === 0) return;
  const done = Promise.withResolvers<void>();
  const timer = setTimeout(done.resolve, ms);
  await Promise.race([done.promise, moodEnded.promise]);
  clearTimeout(timer);
}

async function send(
  n: number,
  respond: () => Promise<void>,
  joins?: string,
): Promise<void> {
  try {
    await respond();
    if (joins !== undefined) say({ said: "joined", publisher: joins });
  } catch (error) {
    say({ said: "unanswered", n, error: (error as Error).message });
  }
}

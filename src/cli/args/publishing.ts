/**
 * The options of commands that publish: how to wait for subscribers and for their
 * answers.
 *
 * @module
 */
import type {
  ExporterOptions,
  PublishOptions,
} from "../../signals/exporter/options.ts";
import type { Arguments } from "./arguments.ts";
import { metadataOf } from "./metadata.ts";
import type { OptionSpecs } from "./options.ts";
import { UsageError } from "./usage_error.ts";

/** The options of every command that publishes events of its user. */
export const PUBLISHING_OPTIONS = {
  "wait-for": { type: "string" },
  "wait-timeout": { type: "string" },
  timeout: { type: "string" },
  "idle-timeout": { type: "string" },
  count: { type: "string" },
  quorum: { type: "string" },
  "fail-fast": { type: "boolean" },
  "on-lost": { type: "string", values: ["keep", "evict"] },
  "evict-after-misses": { type: "string" },
  tag: { type: "string" },
  metadata: { type: "string", multiple: true },
  "metadata-json": { type: "string" },
} as const satisfies OptionSpecs;

/** The help of {@linkcode PUBLISHING_OPTIONS}, without the options whose help differs between commands. */
export const PUBLISHING_HELP = `\
  --idle-timeout TIME    how long no subscriber may answer or show progress
                         (never); then subscribers without an answer are missing
  --count N              wait no longer once N subscribers have succeeded
  --quorum PART          or once this part of them has, such as 0.5 or 50%
  --fail-fast            wait no longer once one of them has failed
  --on-lost WHAT         keep or evict (keep): whether later events wait for a
                         subscriber that was lost
  --evict-after-misses N evict a subscriber that has not answered N events in a
                         row (never)
  --tag TAG              any label; responders may be locked to one
  --metadata KEY=VALUE   other data, as a text; may be given several times
  --metadata-json JSON   the same as a JSON object`;

/** The values of {@linkcode PUBLISHING_OPTIONS}. */
export interface Publishing {
  /** How many subscribers to wait for. */
  readonly count: number;
  /** Milliseconds to wait for subscribers. */
  readonly waitTimeout: number;
  readonly tag: string | undefined;
  readonly metadata: Record<string, unknown> | undefined;
  /** The options of the exporter. */
  readonly exporter: Pick<ExporterOptions, "onLost" | "evictAfterMisses">;
  /** The options of each publish, without the signal's fields. */
  readonly answers:
    & Pick<PublishOptions, "idleTimeout" | "until" | "failFast">
    & { readonly timeout: number };
}

/**
 * Reads {@linkcode PUBLISHING_OPTIONS}.
 *
 * @throws {UsageError} If one of them can't be used.
 */
export function publishingOf(args: Arguments): Publishing {
  const onLost = args.oneOf("on-lost", PUBLISHING_OPTIONS["on-lost"].values);
  const evictAfterMisses = args.whole("evict-after-misses", 1);
  const until = untilOf(args);
  return {
    count: args.whole("wait-for", 0) ?? 1,
    waitTimeout: args.time("wait-timeout") ?? 60_000,
    tag: args.text("tag"),
    metadata: metadataOf(args),
    exporter: {
      ...(onLost === undefined ? {} : { onLost }),
      ...(evictAfterMisses === undefined ? {} : { evictAfterMisses }),
    },
    answers: {
      timeout: args.time("timeout") ?? 20_000,
      idleTimeout: args.time("idle-timeout") ?? Infinity,
      failFast: args.flag("fail-fast"),
      ...(until === undefined ? {} : { until }),
    },
  };
}

function untilOf(args: Arguments): PublishOptions["until"] {
  const count = args.whole("count", 1, 2 ** 31);
  const quorum = quorumOf(args);
  if (count === undefined) return quorum === undefined ? undefined : { quorum };
  if (quorum === undefined) return { count };
  throw new UsageError("Cannot use --count together with --quorum");
}

function quorumOf(args: Arguments): number | undefined {
  const text = args.text("quorum");
  if (text === undefined) return undefined;
  const [, number, percent] = /^(\d+(?:\.\d+)?|\.\d+)(%?)$/.exec(text) ?? [];
  const quorum = Number(number) / (percent === "%" ? 100 : 1);
  if (quorum > 0 && quorum <= 1) return quorum;
  throw new UsageError(
    `Cannot use --quorum as it must be a part such as 0.5 or 50%, more than 0 and at most 1: current value is ${
      JSON.stringify(text)
    }`,
  );
}

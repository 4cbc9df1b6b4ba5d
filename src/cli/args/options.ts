/**
 * The options that commands share.
 *
 * @module
 */

/** One option, in the terms of `node:util`'s `parseArgs`. */
export interface OptionSpec {
  readonly type: "string" | "boolean";
  readonly short?: string;
  readonly multiple?: boolean;
}

/** Options by name. */
export type OptionSpecs = Readonly<Record<string, OptionSpec>>;

/** What every command takes. */
export const COMMON_OPTIONS = {
  help: { type: "boolean", short: "h" },
  json: { type: "boolean" },
} as const satisfies OptionSpecs;

/** What every command takes that talks to a server. */
export const CONNECTION_OPTIONS = {
  redis: { type: "string" },
  namespace: { type: "string" },
  "connect-timeout": { type: "string" },
} as const satisfies OptionSpecs;

/** The help of {@linkcode CONNECTION_OPTIONS}. */
export const CONNECTION_HELP = `\
  --redis URL            redis://[user:password@]host:port, rediss://… or
                         redis+unix:///path; else STATE_SIGNALS_REDIS, where
                         --allow-env=STATE_SIGNALS_REDIS is granted; else
                         redis://localhost:6379
  --namespace NAME       prefix of the channels; Python peers know none
  --connect-timeout TIME how long to try to connect (10s; 0: once)`;

/** The help of {@linkcode COMMON_OPTIONS}. */
export const COMMON_HELP = `\
  --json                 one JSON object a line, for machines
  --help                 this page`;

/** How spans of time are written. */
export const TIME_HELP = `\
TIME is a number and ms, s, m or h, such as 500ms, 30s or 1.5h; a bare number
is seconds; never is for ever.`;

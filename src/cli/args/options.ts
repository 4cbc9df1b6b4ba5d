/**
 * The options that commands share.
 *
 * @module
 */

/** One option, in the terms of `node:util`'s `parseArgs`, and what it does not know of. */
export interface OptionSpec {
  readonly type: "string" | "boolean";
  readonly short?: string;
  readonly multiple?: boolean;
  /** The words that its value may be, where it is one of a few. */
  readonly values?: readonly string[];
}

/** Options by name. */
export type OptionSpecs = Readonly<Record<string, OptionSpec>>;

/** The options of every command. */
export const COMMON_OPTIONS = {
  help: { type: "boolean", short: "h" },
  version: { type: "boolean", short: "V" },
  json: { type: "boolean" },
  quiet: { type: "boolean", short: "q" },
} as const satisfies OptionSpecs;

/** The options of every command that connects to a server. */
export const CONNECTION_OPTIONS = {
  redis: { type: "string" },
  username: { type: "string" },
  "password-file": { type: "string" },
  "ca-cert": { type: "string" },
  cert: { type: "string" },
  key: { type: "string" },
  namespace: { type: "string" },
  "connect-timeout": { type: "string" },
} as const satisfies OptionSpecs;

/** The help of {@linkcode CONNECTION_OPTIONS}. */
export const CONNECTION_HELP = `\
  --redis URL            redis://[user:password@]host:port, rediss://…,
                         redis+unix:///path, redis+cluster://host:port,… or
                         redis+sentinel://host:port,…/MASTER; else
                         STATE_SIGNALS_REDIS, where
                         --allow-env=STATE_SIGNALS_REDIS is granted; else
                         redis://localhost:6379. All users of the machine can
                         read a password that stands here, but not in a file
  --username NAME        user of the server, where it is not the default one
  --password-file FILE   file that holds the user's password
  --ca-cert FILE         certificate authorities to trust beside the system's
                         (with --cert in their place); switches TLS on
  --cert FILE            client certificate; switches TLS on
  --key FILE             its private key; these three are PEM
  --namespace NAME       prefix of the channels; Python peers know none
  --connect-timeout TIME how long to try to connect (10s; 0: once)`;

/** The help of {@linkcode COMMON_OPTIONS}. */
export const COMMON_HELP = `\
  --json                 one JSON object a line, for machines
  --quiet                tell people of errors only; the exit code says the rest
  --help                 this page
  --version              the version`;

/** The help for files. */
export const FILE_HELP = `\
FILE is a path, or - for standard input. Reading one takes
--allow-read=FILE.`;

/** The help for spans of time. */
export const TIME_HELP = `\
TIME is a number and ms, s, m or h, such as 500ms, 30s or 1.5h; a bare number
is seconds; never is for ever.`;

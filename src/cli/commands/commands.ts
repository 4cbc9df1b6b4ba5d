/**
 * The table of commands.
 *
 * @module
 */
import { barrierCommand } from "../barrier/command.ts";
import { brokerCommand } from "./broker.ts";
import type { Command } from "../args/command.ts";
import { completionsCommand } from "./completions.ts";
import { listenCommand } from "./listen.ts";
import { psCommand } from "./ps.ts";
import { publishCommand } from "./publish.ts";
import { recordCommand } from "./record.ts";
import { replayCommand } from "./replay.ts";
import { respondCommand } from "./respond.ts";
import { runCommand } from "./run.ts";
import { timelineCommand } from "./timeline.ts";
import { waitCommand } from "./wait.ts";

/** All commands, in the order of `--help`. */
export const COMMANDS: readonly Command[] = [
  brokerCommand,
  listenCommand,
  publishCommand,
  respondCommand,
  runCommand,
  barrierCommand,
  psCommand,
  waitCommand,
  recordCommand,
  timelineCommand,
  replayCommand,
  completionsCommand(() => COMMANDS),
];
